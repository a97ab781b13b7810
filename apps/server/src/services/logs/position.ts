import { type LogLine, NebError } from '@neb/core-types';

/**
 * How far the log of one attempt was given out. Streams are counted apart: lines of one stream keep their order, but a
 * line of the other may come in between later than its time says.
 */
export interface Position {
  readonly attempt: number;
  readonly marks: Readonly<Partial<Record<Stream, Mark>>>;
}

/** Of the lines stamped `at`, the first `count` were given out; of earlier ones, all. */
interface Mark {
  readonly at: string;
  readonly count: number;
}

type Stream = LogLine['stream'];
const streams: readonly Stream[] = ['stdout', 'stderr', 'system'];

/** How far apart the times of two streams' lines can be where they come in together; more than they ever are. */
const skewMs = 10_000;

/** The position after `line`. */
export function advance(position: Position, line: LogLine): Position {
  const { attempt, marks } = position;
  const at = toNanoseconds(line.at);
  const mark = marks[line.stream];
  return { attempt, marks: { ...marks, [line.stream]: { at, count: mark?.at === at ? mark.count + 1 : 1 } } };
}

/** `position` of a reader who does not want what is older than `at`, so that it never counts as missed. */
export function from(position: Position, at: string): Position {
  const floor = { at: toNanoseconds(at), count: 0 };
  return { attempt: position.attempt, marks: Object.fromEntries(streams.map((stream) => [stream, floor])) };
}

/** Tells for each line of a log that is read again, in order, whether it is after `position`. */
export function after(position: Position): (line: LogLine) => boolean {
  const again = new Map<Stream, number>();
  return (line) => {
    const mark = position.marks[line.stream];
    const at = toNanoseconds(line.at);
    if (!mark || at > mark.at) return true;
    if (at < mark.at) return false;
    const seen = (again.get(line.stream) ?? 0) + 1;
    again.set(line.stream, seen);
    return seen > mark.count;
  };
}

/** From when on a log must be read again for nothing after `position` to be missed; `undefined` for all of it. */
export function readAgainFrom({ marks }: Position): string | undefined {
  const times = Object.values(marks).map(({ at }) => at).sort();
  const [oldest, latest] = [times[0], times.at(-1)];
  if (oldest === undefined || latest === undefined) return undefined;
  const bound = toNanoseconds(new Date(Date.parse(latest) - skewMs).toISOString());
  return oldest > bound && times.length === streams.length ? oldest : bound;
}

/** `3;o2026-11-24T08:00:00.000000001Z/1;e…`: opaque to clients. */
export function formatPosition({ attempt, marks }: Position): string {
  const parts = streams.flatMap((stream) => {
    const mark = marks[stream];
    return mark ? [`${letters[stream]}${mark.at}/${mark.count}`] : [];
  });
  return [attempt, ...parts].join(';');
}

/** Throws `invalid` for a text that is no position. */
export function parsePosition(text: string): Position {
  const [attempt = '', ...parts] = text.split(';');
  const marks = parts.map((part) => /^([oes])(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z)\/(\d{1,9})$/.exec(part));
  if (!/^[1-9]\d{0,8}$/.test(attempt) || marks.includes(null)) throw new NebError('invalid', `"${text.slice(0, 80)}" is not a position in a log`, { hint: 'Pass on the position of an entry as it came, or leave it out.' });
  return {
    attempt: Number(attempt),
    marks: Object.fromEntries(marks.map((mark) => [streams.find((stream) => letters[stream] === mark![1])!, { at: mark![2]!, count: Number(mark![3]) }])),
  };
}

const letters = { stdout: 'o', stderr: 'e', system: 's' } as const satisfies Record<Stream, string>;

/** So that times compare as texts. */
export function toNanoseconds(at: string): string {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(at);
  return match ? `${match[1]}.${(match[2] ?? '').padEnd(9, '0')}Z` : toNanoseconds(new Date(at).toISOString());
}
