const block = 512;

/** A tar of small files by name, which their owner, root, may write and everybody read. */
export function tarOf(files: Readonly<Record<string, string>>): Uint8Array {
  const parts = Object.entries(files).flatMap(([name, text]) => {
    const content = Buffer.from(text);
    return [tarHeader(name, content.length), content, Buffer.alloc((block - (content.length % block)) % block)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

/** That of a small file, as POSIX.1-1988 (ustar) has it. */
export function tarHeader(name: string, size: number): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;
  const fields: readonly (readonly [at: number, text: string])[] = [
    [0, name], [100, octal(0o644, 8)], [108, octal(0, 8)], [116, octal(0, 8)], [124, octal(size, 12)], [136, octal(0, 12)],
    [148, ' '.repeat(8)], [156, '0'], [257, 'ustar\0' + '00'],
  ];
  for (const [at, text] of fields) bytes.write(text, at, 'latin1');
  bytes.write(octal(bytes.reduce((sum, byte) => sum + byte, 0), 7), 148, 'latin1');
  return bytes;
}
