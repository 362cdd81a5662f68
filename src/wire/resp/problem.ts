/** The peer sent what is no reply, or one beyond all bounds; nothing that comes after it can be understood. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** `a newline`, `"x"`, `byte 0x03`: a byte as a message shows it. */
export function describeByte(byte: number): string {
  if (byte === 13) return 'a carriage return';
  if (byte === 10) return 'a newline';
  const isPrintable = byte > 32 && byte < 127;
  return isPrintable ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16).padStart(2, '0')}`;
}
