/** How a type of RESP2 or RESP3 is framed, by its first byte. */
export const NO_FORM = 0;
/** All of it is one line. */
export const LINE = 1;
/** A line with a length, so many bytes, and a line's end. */
export const BULK = 2;
/** A line with a count, and so many replies; of a map and of an attribute twice as many. */
export const AGGREGATE = 3;
export const PAIRS = 4;
/** Pairs that stand before the reply that they describe. */
export const ATTRIBUTE = 5;

/** https://redis.io/docs/latest/develop/reference/protocol-spec/ */
export const FORM_OF: Uint8Array = new Uint8Array(256);
for (const type of '+-:_#,(') FORM_OF[type.charCodeAt(0)] = LINE;
for (const type of '$!=') FORM_OF[type.charCodeAt(0)] = BULK;
for (const type of '*~>') FORM_OF[type.charCodeAt(0)] = AGGREGATE;
FORM_OF['%'.charCodeAt(0)] = PAIRS;
FORM_OF['|'.charCodeAt(0)] = ATTRIBUTE;

/** What the server can't exceed: `proto-max-bulk-len` is 512 MiB unless somebody raised it. */
export const LONGEST_BULK = 2 ** 32;
export const MOST_ELEMENTS = 2 ** 32;
/** Of a simple string, an error or a number. */
export const LONGEST_LINE = 2 ** 16;
/** Replies within replies. */
export const DEEPEST = 1_024;
