import { blockBytes, padding, writeHeader } from './tar-header.ts';

/** A tar of a folder with small files of text in it, which every user can read. */
export async function* textTar(folder: string, files: readonly { readonly name: string; readonly text: string }[]): AsyncGenerator<Uint8Array> {
  const of = { modified: 0, target: '' };
  yield writeHeader({ ...of, path: folder, type: 'folder', mode: 0o755, size: 0 });
  for (const { name, text } of files) {
    const content = Buffer.from(text);
    yield writeHeader({ ...of, path: `${folder}/${name}`, type: 'file', mode: 0o644, size: content.byteLength });
    yield Buffer.concat([content, Buffer.alloc(padding(content.byteLength))]);
  }
  yield Buffer.alloc(2 * blockBytes);
}
