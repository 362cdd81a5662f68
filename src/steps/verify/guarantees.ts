/** Named expectations of a delivery; each is a checker of that name. */
export const GUARANTEES = ['at-most-once', 'at-least-once', 'exactly-once-effect'] as const;
export type Guarantee = (typeof GUARANTEES)[number];

export const ORDERS = ['none', 'fifo', 'per-key'] as const;
