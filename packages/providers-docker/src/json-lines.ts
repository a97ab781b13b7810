import { parseJson } from './connection/exchange.ts';

const longestLine = 1 << 20;

/** What a stream of JSON, a value a line, says. Lines that are not JSON, or longer than 1 MiB, are passed over. */
export async function* jsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split('\n');
    text = lines.pop() ?? '';
    if (text.length > longestLine) text = '';
    for (const line of lines) {
      const value = parseJson(line);
      if (value !== undefined) yield value;
    }
  }
  const value = parseJson(text);
  if (value !== undefined) yield value;
}
