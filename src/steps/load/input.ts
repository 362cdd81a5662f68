import type { ArgumentPart, DeferredValue } from '../../contracts/fields.js';
import type { Arrival } from '../../wire/pace/arrivals.js';

/** The input of `load`, as its schema has validated it. */
export interface LoadInput {
  readonly mix: MixEntry[];
  readonly keys?: KeySpace;
  readonly size?: DeferredValue<number>;
  readonly values?: string[];
  readonly clients: number;
  readonly pipeline: number;
  readonly rate?: number;
  readonly arrival: Arrival;
  readonly stages?: RateStage[];
  readonly warmup: number;
  readonly for?: number;
  readonly count?: number;
  readonly abortOn?: { readonly errorRate: { readonly $gt: number }; readonly after: number };
}

export type Parts = readonly (readonly ArgumentPart[])[];

export interface MixEntry {
  readonly command?: Parts;
  readonly script?: {
    readonly lua?: string;
    readonly file?: string;
    readonly keys?: Parts;
    readonly args?: Parts;
  };
  readonly weight: number;
}

export interface KeySpace {
  readonly count: number;
  readonly distribution: 'uniform' | 'zipfian' | 'sequential';
  readonly exponent: number;
}

/** Milliseconds, and operations per second. */
export interface RateStage {
  readonly for: number;
  readonly rate: number;
  readonly from?: number;
}
