import type { Argument } from '../../contracts/redis.js';

/** A command as bytes. */
export function encodeCommand(args: readonly Argument[]): Buffer {
  const parts: Uint8Array[] = [];
  let text = `*${args.length}\r\n`;
  for (const argument of args) {
    if (argument instanceof Uint8Array) {
      parts.push(Buffer.from(`${text}$${argument.length}\r\n`), argument);
      text = '\r\n';
    } else {
      const written = String(argument);
      text += `$${Buffer.byteLength(written)}\r\n${written}\r\n`;
    }
  }
  const rest = Buffer.from(text);
  return parts.length === 0 ? rest : Buffer.concat([...parts, rest]);
}
