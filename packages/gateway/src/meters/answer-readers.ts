import type { JsonPath } from '../json/json-path.ts';
import { numbersAside } from '../json/numbers-aside.ts';
import { numbersAt, type Reading } from '../json/numbers-at.ts';
import { lines } from './lines.ts';
import type { MeterMemory } from './meter-memory.ts';

/** Looks for numbers in a body as it passes; what it holds is bounded. */
export interface BodyReader {
  write(bytes: Uint8Array): void;
  /** What was found for each path, now that no more comes: `whole` unless the body broke off. */
  end(whole: boolean): readonly Reading[] | Promise<readonly Reading[]>;
}

export interface ReaderOptions {
  readonly paths: readonly JsonPath[];
  readonly memory: MeterMemory;
  /** Most of a JSON document, of one event or of one line that is held. */
  readonly limitBytes: number;
}

/** The reader for a body of that media type; `undefined` for one that holds no JSON. */
export function bodyReader(contentType: string, options: ReaderOptions): BodyReader | undefined {
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
  if (type === 'text/event-stream') return eventReader(options);
  if (/^application\/(?:x-)?(?:ndjson|jsonl|jsonlines|json-lines)$|^application\/stream\+json$/.test(type)) return rowReader(options);
  return /^(?:application|text)\/json$|\+json$/.test(type) ? documentReader(options) : undefined;
}

/** A document that is larger is read aside: this much takes about a millisecond. */
const atOnceBytes = 128 * 1_024;

/** One JSON text. */
function documentReader({ paths, memory, limitBytes }: ReaderOptions): BodyReader {
  let held: Buffer<ArrayBuffer>[] = [];
  let size = 0;
  let problem: string | undefined;

  function letGo(): void {
    memory.give(size);
    held = [];
    size = 0;
  }

  return {
    write(bytes) {
      if (problem !== undefined) return;
      if (size + bytes.byteLength > limitBytes) problem = `it is larger than ${limitBytes} bytes`;
      else if (!memory.take(bytes.byteLength)) problem = 'too many answers are looked into at once';
      if (problem !== undefined) return letGo();
      // The gateway may use its own again once it has passed on.
      held.push(Buffer.from(bytes));
      size += bytes.byteLength;
    },
    end(whole) {
      if (problem !== undefined) return all(paths, problem);
      if (size === 0 && whole) return none(paths);
      const otherwise = (): readonly Reading[] => all(paths, whole ? 'it says it is JSON and is not' : 'it broke off');
      const bytes = held.length === 1 ? held[0]! : Buffer.concat(held);
      held = [];
      if (size > atOnceBytes) return numbersAside(bytes, paths).then((found) => found ?? otherwise()).finally(letGo);
      letGo();
      return numbersAt(bytes.toString('utf8'), paths) ?? otherwise();
    },
  };
}

/** Server-sent events: of each path the last event that has it counts, as a streamed answer tells its usage at its end. */
function eventReader(options: ReaderOptions): BodyReader {
  const { limitBytes } = options;
  const found = lastFound(options);
  let data: string[] = [];
  let size = 0;
  const cut = lines({
    limitBytes,
    line(text) {
      if (text === '') return tell();
      const isData = text === undefined || text === 'data' || text.startsWith('data:');
      if (!isData) return;
      size += text?.length ?? limitBytes + 1;
      if (size > limitBytes) data = [];
      else data.push(text!.slice(text![5] === ' ' ? 6 : 5));
    },
  });

  function tell(): void {
    if (size > limitBytes) found.skip();
    else if (data.length > 0) found.look(data.join('\n'));
    data = [];
    size = 0;
  }

  return {
    write: cut.write,
    end(whole) {
      // The last event may lack its empty line.
      cut.end();
      tell();
      return found.end(whole ? 'no event has it' : 'it broke off before an event had it');
    },
  };
}

/** One JSON text a line. */
function rowReader(options: ReaderOptions): BodyReader {
  const found = lastFound(options);
  const cut = lines({ limitBytes: options.limitBytes, line: (text) => (text === undefined ? found.skip() : found.look(text)) });
  return {
    write: cut.write,
    end(whole) {
      cut.end();
      return found.end(whole ? 'no line has it' : 'it broke off before a line had it');
    },
  };
}

/** The last of many texts that has a path counts for it. */
function lastFound({ paths, limitBytes }: ReaderOptions) {
  const last: Reading[] = none(paths);
  const hints = paths.map(({ text }) => hintOf(text));
  let skipped = false;
  return {
    look(text: string): void {
      // Most texts of a stream have nothing to count, and parsing each would take longer than passing it on.
      if (!hints.some((hint) => hint === undefined || text.includes(hint)) && !text.includes('\\u')) return;
      numbersAt(text, paths)?.forEach((reading, at) => { last[at] = reading ?? last[at]; });
    },
    skip(): void {
      skipped = true;
    },
    end: (otherwise: string): readonly Reading[] => last.map((reading) => reading ?? { problem: skipped ? `${otherwise} that is not larger than ${limitBytes} bytes` : otherwise }),
  };
}

/** What a text that has the path must hold: its last plain name. */
function hintOf(path: string): string | undefined {
  const [, name] = /^\$(?:\.\w+)*\.(\w+)$/.exec(path) ?? [];
  return name === undefined ? undefined : `"${name}"`;
}

const none = (paths: readonly unknown[]): Reading[] => paths.map(() => undefined);
const all = (paths: readonly unknown[], problem: string): Reading[] => paths.map(() => ({ problem }));
