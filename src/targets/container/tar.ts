const BLOCK = 512;

/** An archive of one folder and its text files, all of them writable by anybody: a container's user is not ours. */
export function tarOf(folder: string, files: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, text]) => {
    const content = Buffer.from(text);
    const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
    return [header(`${folder}/${name}`, 0o666, content.length, '0'), content, padding];
  });
  return Buffer.concat([header(`${folder}/`, 0o777, 0, '5'), ...parts, Buffer.alloc(2 * BLOCK)]);
}

/** POSIX.1-1988 (ustar): numbers are octal digits, and the sum counts its own field as spaces. */
function header(name: string, mode: number, size: number, type: '0' | '5'): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  block.write(name, 0, 100);
  block.write(octal(mode, 7), 100);
  block.write(octal(0, 7), 108); // user
  block.write(octal(0, 7), 116); // group
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136); // time
  block.fill(' ', 148, 156);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)} `, 148);
  return block;
}
