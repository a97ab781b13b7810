import { type Container, durationMs, isNebError, NebError, parseDuration } from '@neb/core-types';
import type { ObjectRef } from '@neb/sdk';
import type { Session } from '../session.ts';
import { board } from './board.ts';

/** A container to follow, as `apply` answered. */
export interface Started {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
}

export interface FollowOptions {
  /** No limit if absent. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Shows containers on their way until each is ready or completed; the containers as they then are. Throws `failed` with the
 * first one's own sentence, `timeout`, or the reason of a Ctrl-C, after which they go on without us.
 */
export async function follow(session: Session, started: readonly Started[], { timeoutMs }: FollowOptions = {}): Promise<readonly Container[]> {
  const neb = await session.neb();
  const results = await (async () => {
    using shown = board(session);
    const { signal } = session;
    return Promise.allSettled(
      started.map(({ id }) => neb.containers.wait({ id }, { for: isUp, failOnStalled: true, onChange: shown.show, signal, ...(timeoutMs !== undefined && { timeoutMs }) })),
    );
  })();
  if (session.signal.aborted) {
    const [first] = started;
    session.note(`Detached; ${started.length === 1 ? `container/${first?.name} goes` : 'they go'} on. neb get containers shows how.`);
    throw session.signal.reason as Error;
  }
  const failures = results.flatMap((result, at) => (result.status === 'rejected' ? [{ error: result.reason as unknown, of: started[at]! }] : []));
  for (const { error, of } of failures) if (isNebError(error, 'failed')) await showLastLines(session, of);
  if (failures[0]) throw failures[0].error;
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/** Milliseconds of a `--timeout`. Throws `invalid`. */
export function timeoutOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const spelt = /^\d+(\.\d+)?$/.test(text) ? `${text}s` : text;
  if (parseDuration(spelt) !== undefined) return durationMs(spelt);
  throw new NebError('invalid', `--timeout ${text} is not a duration`, { hint: 'Write it as 30s, 5m or 1h30m.' });
}

function isUp({ status }: Container): boolean {
  return status.ready || status.status === 'completed';
}

const lastLines = 10;

/** What a failed container wrote last: usually the reason. */
async function showLastLines(session: Session, { id, name }: Started): Promise<void> {
  const lines: string[] = [];
  try {
    const ref: ObjectRef = { id };
    for await (const line of (await session.neb()).containers.logs(ref, { tail: lastLines }, session)) lines.push(line.text);
  } catch {
    // A container that never ran has none.
  }
  if (lines.length > 0) session.note([`Last lines of container/${name}:`, ...lines.map((line) => `  ${line}`)].join('\n'));
}
