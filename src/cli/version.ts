declare const REDRILL_VERSION: string | undefined;

/** Filled in by the bundler. */
export const VERSION: string = typeof REDRILL_VERSION === 'string' ? REDRILL_VERSION : '0.0.0-source';
