import { logData } from '../replies.ts';

/** One line of a pod's log. */
export interface LogEvent {
  /** Where to go on after it. */
  readonly id: string;
  /** RFC 3339. */
  readonly ts: string;
  readonly source: string;
  readonly line: string;
}

const longestEvent = 1 << 20;

/** The events of a log stream. What is no event of a log, or longer than 1 MiB, is passed over. */
export async function* logEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<LogEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) {
    const blocks = (text + decoder.decode(chunk, { stream: true })).split(/\r?\n\r?\n/);
    text = blocks.pop() ?? '';
    if (text.length > longestEvent) text = '';
    for (const block of blocks) {
      const event = eventIn(block);
      if (event) yield event;
    }
  }
}

function eventIn(block: string): LogEvent | undefined {
  const fields = block.split(/\r?\n/).map((line) => /^(\w+): ?(.*)$/.exec(line));
  const all = (name: string): string => fields.flatMap((field) => (field?.[1] === name ? [field[2] ?? ''] : [])).join('\n');
  const { data } = logData.safeParse(parseJson(all('data')));
  return data && { id: all('id') || data.ts, ...data };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
