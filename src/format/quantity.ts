/** Durations, rates, sizes and shares: written with a unit in a scenario, plain numbers everywhere else. */
export type Quantity = 'duration' | 'rate' | 'size' | 'share';

const DURATION_UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE_UNITS: Record<string, number> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};
const RATE_UNITS: Record<string, number> = { s: 1, m: 60, h: 3_600 };

/** Patterns for JSON Schema, one a quantity; each accepts exactly what its parser accepts. */
export const QUANTITY_PATTERNS: Record<Quantity, string> = {
  duration: '(?:\\d+(?:\\.\\d+)?(?:ms|s|m|h|d))+',
  rate: '\\d+(?:\\.\\d+)?/(?:s|m|h)',
  size: '\\d+(?:\\.\\d+)?(?:B|KB|MB|GB|KiB|MiB|GiB)',
  share: '\\d+(?:\\.\\d+)?%',
};

/** What a quantity looks like, for an error message. */
export const QUANTITY_EXAMPLES: Record<Quantity, string> = {
  duration: '250ms, 2s or 1m30s',
  rate: '500/s or 10/m',
  size: '64B, 1KiB or 32MiB',
  share: '5%',
};

const WHOLE: Record<Quantity, RegExp> = {
  duration: new RegExp(`^${QUANTITY_PATTERNS.duration}$`),
  rate: new RegExp(`^${QUANTITY_PATTERNS.rate}$`),
  size: new RegExp(`^${QUANTITY_PATTERNS.size}$`),
  share: new RegExp(`^${QUANTITY_PATTERNS.share}$`),
};

/**
 * Reads a quantity: a duration in milliseconds, a rate per second, a size in bytes, a share from 0 to 1.
 * Undefined when the text is not written as that quantity.
 */
export function parseQuantity(quantity: Quantity, text: string): number | undefined {
  if (!WHOLE[quantity].test(text)) return undefined;
  switch (quantity) {
    case 'duration': {
      let total = 0;
      for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
        total += Number(amount) * DURATION_UNITS[unit!]!;
      }
      return total;
    }
    case 'rate': {
      const [amount, unit] = text.split('/');
      return Number(amount) / RATE_UNITS[unit!]!;
    }
    case 'size': {
      const unit = /[A-Za-z]+$/.exec(text)![0];
      return Number.parseFloat(text) * SIZE_UNITS[unit]!;
    }
    case 'share':
      return Number.parseFloat(text) / 100;
  }
}

const DURATION_STEPS: ReadonlyArray<readonly [string, number]> = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
];

/** A duration as a person reads it: `0.3ms`, `42ms`, `1.25s`, `2m5s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 0) return `-${formatDuration(-milliseconds)}`;
  if (milliseconds < 10) return `${Number(milliseconds.toFixed(1))}ms`;
  if (milliseconds < 1_000) return `${Math.round(milliseconds)}ms`;
  if (milliseconds < 60_000) return `${Number((milliseconds / 1_000).toFixed(2))}s`;
  let rest = Math.round(milliseconds / 1_000) * 1_000;
  let text = '';
  for (const [unit, size] of DURATION_STEPS) {
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text;
}

/** A number of a given quantity, written with its unit as the language writes it. */
export function formatQuantity(quantity: Quantity, value: number): string {
  switch (quantity) {
    case 'duration':
      return formatDuration(value);
    case 'rate':
      return `${Number(value.toFixed(2))}/s`;
    case 'size':
      return formatSize(value);
    case 'share':
      return `${Number((value * 100).toFixed(2))}%`;
  }
}

function formatSize(bytes: number): string {
  for (const unit of ['GiB', 'MiB', 'KiB'] as const) {
    const size = SIZE_UNITS[unit]!;
    if (bytes >= size) return `${Number((bytes / size).toFixed(2))}${unit}`;
  }
  return `${bytes}B`;
}
