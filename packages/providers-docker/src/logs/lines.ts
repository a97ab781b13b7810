import type { LogLine } from '@neb/core-types';
import type { FramePart } from '../frames.ts';

/** Longer lines come in pieces of this size, as engines themselves store them. */
export const longestLineBytes = 16 * 1024;

/** A frame begins with its time and a space: 31 characters, or less where an engine leaves out zeros. */
const longestTime = 40;
const newline = 0x0a;

/** The lines in a container's output, with the times the engine put at the head of each frame. */
export async function* logLines(parts: AsyncIterable<FramePart>): AsyncGenerator<LogLine> {
  const streams = { stdout: lineReader('stdout'), stderr: lineReader('stderr') };
  for await (const part of parts) yield* streams[part.stream](part);
}

function lineReader(stream: LogLine['stream']): (part: FramePart) => Generator<LogLine> {
  let at = '';
  let head: string | undefined = '';
  let text = '';
  let bytes = 0;
  let continues = false;
  let decoder = new TextDecoder();

  function* read(data: Uint8Array): Generator<LogLine> {
    for (let from = 0; from < data.length; ) {
      const room = from + longestLineBytes - bytes;
      const end = data.subarray(0, room).indexOf(newline, from);
      const to = end === -1 ? Math.min(data.length, room) : end;
      text += decoder.decode(data.subarray(from, to), { stream: true });
      bytes += to - from;
      from = to;
      if (end !== -1) {
        from++;
        yield* line(true);
      } else if (bytes === longestLineBytes) yield* line(false);
    }
  }

  function* line(ends: boolean): Generator<LogLine> {
    if (ends) {
      text += decoder.decode();
      decoder = new TextDecoder();
    }
    // A line that filled its last piece to the brim has nothing left for another.
    if (!(ends && continues && text === '')) yield { at, stream, text };
    continues = !ends;
    text = '';
    bytes = 0;
  }

  return function* (part) {
    let { data } = part;
    if (part.opens) head = '';
    if (head !== undefined) {
      const space = data.indexOf(0x20);
      head += Buffer.from(space === -1 ? data : data.subarray(0, space + 1)).toString('latin1');
      if (space === -1 && head.length <= longestTime && !part.closes) return;
      data = space === -1 ? data.subarray(data.length) : data.subarray(space + 1);
      if (/^\d{4}-\d\d-\d\dT\S+ $/.test(head)) at = head.trimEnd();
      else yield* read(Buffer.from(head, 'latin1')); // An engine that does not keep to this: its words still count.
      head = undefined;
    }
    yield* read(data);
    if (part.closes && bytes > 0) yield* line(false);
  };
}
