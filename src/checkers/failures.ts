import type { CheckedEvent, MessageNames } from '../contracts/checker.js';
import { formatCount, plural } from '../format/text.js';
import { Examples } from './selection.js';

/** What is not as it should be, with a sentence on the first. */
export class Wrong extends Examples {
  #first: string | undefined;

  found(message: number, what: string): void {
    this.add(message);
    this.#first ??= what;
  }

  reason(one: string, several: string): string[] {
    return this.#first === undefined
      ? []
      : [`${formatCount(this.count)} ${this.count === 1 ? one : several}: ${this.#first}`];
  }
}

/** A failure of a message, until it was delivered again. */
export interface Failure {
  /** Of this message, from 1. */
  readonly nth: number;
  readonly attempt: number;
  readonly at: number;
  readonly step: string;
  readonly actor: string;
  putBack: boolean;
  /** A worker may get it again before the other one learns that it was put back. */
  redelivery: CheckedEvent | undefined;
}

export interface FailureLimits {
  readonly step: string;
  readonly attempts: number;
  readonly maxDeliveries: number;
}

const LEFT_OUT = 1;
const JUDGED = 2;

/** Follows the failures of each message: those that the queue knows of count, wherever they happened. */
export class Failures {
  readonly attemptsWrong: Wrong;
  /** How often each message failed and was put back. */
  readonly #counts: Uint32Array;
  readonly #attempts: Uint32Array;
  readonly #flags: Uint8Array;
  readonly #waiting = new Map<number, Failure>();

  constructor(
    private readonly limits: FailureLimits,
    private readonly names: MessageNames,
    private readonly onRetry: (message: number, failure: Failure, delivery: CheckedEvent) => void,
  ) {
    this.attemptsWrong = new Wrong(names);
    this.#counts = new Uint32Array(names.messages);
    this.#attempts = new Uint32Array(names.messages);
    this.#flags = new Uint8Array(names.messages);
  }

  see(event: CheckedEvent): void {
    switch (event.operation) {
      case 'deliver':
        if (event.phase === 'ok') this.#delivered(event);
        break;
      case 'handlerFail':
        this.#failed(event);
        break;
      case 'retry':
        this.#putBack(event);
        break;
      case 'deadLetter':
      case 'discard':
        this.#givenUp(event);
        break;
      default:
    }
  }

  #delivered(event: CheckedEvent): void {
    const { message, attempt } = event;
    this.#attempts[message] = attempt;
    const failure = this.#waiting.get(message);
    if (attempt <= 1) {
      // New, or redriven.
      this.#counts[message] = 0;
      this.#flags[message]! &= ~LEFT_OUT;
      this.#waiting.delete(message);
    } else if (failure && attempt === failure.attempt + 1) {
      failure.redelivery = event;
      if (failure.putBack) this.#retried(message, failure, event);
    } else if (failure) {
      // There was a delivery in between that nobody saw.
      if (failure.putBack) this.#waiting.delete(message);
      else this.#leaveOut(message);
    }
  }

  #failed({ message, attempt, time, step, actor }: CheckedEvent): void {
    // Its lease had ended: somebody else has the message.
    if (attempt < this.#attempts[message]!) return;
    // It was redelivered, and what came of it before was never recorded.
    if (this.#waiting.has(message)) this.#leaveOut(message);
    const nth = this.#counts[message]! + 1;
    this.#waiting.set(message, { nth, attempt, at: time, step, actor, putBack: false, redelivery: undefined });
    if (nth > this.limits.attempts) this.#wrong(message, step, `failed ${plural(nth, 'time')}`);
  }

  #putBack({ message, attempt, phase }: CheckedEvent): void {
    const failure = this.#waiting.get(message);
    if (failure?.attempt !== attempt) return;
    if (phase === 'info') this.#leaveOut(message);
    else if (phase === 'fail') this.#waiting.delete(message);
    else {
      this.#counts[message] = failure.nth;
      failure.putBack = true;
      if (failure.redelivery) this.#retried(message, failure, failure.redelivery);
    }
  }

  #givenUp({ message, attempt, step }: CheckedEvent): void {
    if (attempt < this.#attempts[message]!) return;
    const counted = this.#waiting.get(message)?.attempt === attempt ? 1 : 0;
    this.#waiting.delete(message);
    const failures = this.#counts[message]! + counted;
    if (failures >= this.limits.attempts || attempt >= this.limits.maxDeliveries) return;
    this.#wrong(message, step, `was given up after ${plural(failures, 'failure')}`);
  }

  #retried(message: number, failure: Failure, delivery: CheckedEvent): void {
    this.#waiting.delete(message);
    if (failure.step === this.limits.step && !this.#has(message, LEFT_OUT)) this.onRetry(message, failure, delivery);
  }

  #wrong(message: number, step: string, what: string): void {
    if (step !== this.limits.step || this.#has(message, LEFT_OUT) || this.#has(message, JUDGED)) return;
    this.#flags[message]! |= JUDGED;
    this.attemptsWrong.found(message, `${this.names.idOf(message)} ${what}`);
  }

  #leaveOut(message: number): void {
    this.#flags[message]! |= LEFT_OUT;
    this.#waiting.delete(message);
  }

  #has(message: number, flag: number): boolean {
    return (this.#flags[message]! & flag) !== 0;
  }
}
