/** What stands for a value, as YAML 1.2 reads it. Undefined: that is the library's to say. */

/** No sign that means something at the start of a value. */
const START = /^(?:[^\s\-?:,[\]{}#&*!|>'"%@`]|-[\w.])/;
const INTEGER = /^-?[1-9]\d{0,99}$|^0$/;
const FRACTION = /^-?(?:[1-9]\d*|0)\.\d+$/;
/** Written in other ways. */
const OTHER_NUMBER =
  /^(?:0o[0-7]+|0x[\da-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?)$/;

export function readPlain(written: string): string | number | bigint | boolean | null | undefined {
  if (!START.test(written)) return undefined;
  switch (written) {
    case '~':
    case 'null':
    case 'Null':
    case 'NULL':
      return null;
    case 'true':
    case 'True':
    case 'TRUE':
      return true;
    case 'false':
    case 'False':
    case 'FALSE':
      return false;
  }
  if (written.charCodeAt(0) <= 57) {
    if (INTEGER.test(written)) return Number.isSafeInteger(Number(written)) ? Number(written) : BigInt(written);
    if (FRACTION.test(written)) return Number(written);
    if (OTHER_NUMBER.test(written)) return undefined;
  }
  // An expression that is cut off is told of.
  const open = written.lastIndexOf('${{');
  return open >= 0 && !written.includes('}}', open) ? undefined : written;
}

/** With its quotes. */
export function readDoubleQuoted(written: string): string | undefined {
  if (!written.includes('\\')) return written.slice(1, -1);
  // JSON knows some of the escapes, and these alike.
  return /\\[^"\\/bfnrtu]|\\u(?![\da-fA-F]{4})/.test(written.replaceAll('\\\\', ''))
    ? undefined
    : (JSON.parse(written) as string); // a text in quotes
}

export const readSingleQuoted = (written: string): string => written.slice(1, -1).replaceAll("''", "'");
