import { createReadStream } from 'node:fs';
import { messageOf, NebError } from '@neb/core-types';
import type { World } from './world.ts';

/** What a message says, and the line of its file it came from; 1 where it is all of the file. */
export interface Message {
  readonly content: unknown;
  readonly line: number;
}

/** The message of `--data`. Throws `invalid`. */
export function ofData(text: string): Message {
  const content = parsed(text);
  if (content) return { content: content.value, line: 1 };
  // As the original's documentation had it.
  const flags = /^(.*[}\]"])\s+(-n\s+\S+|--\S.*)$/s.exec(text);
  throw new NebError('invalid', '--data is not JSON', { hint: flags ? `The quote closes after ${flags[2]}: put that outside of it.` : 'Quote it for your shell: --data \'{"text": "hello"}\'' });
}

/**
 * The messages of a file, or of stdin for `-`, in batches as they come: a line of JSON each, or one JSON or YAML document of
 * several lines. Throws `invalid` with the line that is neither.
 */
export async function* ofFile(file: string, world: World): AsyncGenerator<readonly Message[], void> {
  const title = file === '-' ? '<stdin>' : file;
  const read = chunks(file, title, world);
  let batch: Message[] = [];
  let line = 0;
  let rest = '';
  let begun = false;
  for await (const chunk of read) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const [at, text] of lines.entries()) {
      line++;
      const message = messageIn(text, line);
      if (message === 'none' && !begun) {
        const whole = [...lines.slice(at), rest].join('\n');
        yield [{ content: await document(`${whole}${await allOf(read)}`, title), line: 1 }];
        return;
      }
      if (message === 'none') throw notJson(title, line);
      begun ||= message !== undefined;
      if (message) batch.push(message);
      if (batch.length < mostAtOnce) continue;
      yield batch;
      batch = [];
    }
    // What has come is sent before more is waited for.
    if (batch.length > 0) yield batch;
    batch = [];
  }
  const last = messageIn(rest, line + 1);
  if (last === 'none' && begun) throw notJson(title, line + 1);
  if (last) yield [last === 'none' ? { content: await document(rest, title), line: 1 } : last];
}

/** The message of a line; `none` where it is not JSON, `undefined` where it is empty. */
function messageIn(text: string, line: number): Message | 'none' | undefined {
  if (text.trim() === '') return undefined;
  const content = parsed(text);
  return content ? { content: content.value, line } : 'none';
}

function notJson(title: string, line: number): NebError {
  return new NebError('invalid', `${title}:${line}:1: this line is not JSON`, { hint: 'Give a message a line, or one document as JSON or YAML.' });
}

async function allOf(read: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of read) text += chunk;
  return text;
}

/** What the server takes at once. */
const mostAtOnce = 1_000;

async function* chunks(file: string, title: string, { stdin }: World): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of (file === '-' ? stdin : createReadStream(file)) as AsyncIterable<Uint8Array | string>) yield typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
  } catch (cause) {
    throw new NebError('invalid', `${title} cannot be read: ${(cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : messageOf(cause)}`, { cause });
  }
}

/** One document of several lines. */
async function document(text: string, title: string): Promise<unknown> {
  const json = parsed(text);
  if (json) return json.value;
  const { parseDocument } = await import('yaml');
  const yaml = parseDocument(text, { prettyErrors: false });
  const [error] = yaml.errors;
  if (!error) return yaml.toJS() as unknown;
  throw new NebError('invalid', `${title} is neither JSON nor YAML: ${error.message}`);
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
