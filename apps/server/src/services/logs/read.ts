import { isNebError, type LogLine, type Provider } from '@neb/core-types';
import type { Resource, TenantStore } from '@neb/scheduler';
import { after, type Position, readAgainFrom, toNanoseconds } from './position.ts';

export interface LogSource {
  readonly store: TenantStore;
  readonly providers: readonly Provider[];
}

export interface ReadRequest {
  /** As it is now. */
  readonly container: Resource<'Container'>;
  /** The attempt, and what of its log was given out. */
  readonly position: Position;
  readonly follow?: boolean | undefined;
  readonly tail?: number | undefined;
  readonly since?: string | undefined;
  readonly signal: AbortSignal;
}

/** Whether an instance that may still have the log of `attempt` is there. */
export function mayBeLive({ status, finalizers }: Resource<'Container'>, attempt: number): boolean {
  return status.attempt?.number === attempt && status.attempt.ref !== undefined && finalizers.length > 0;
}

/** The lines of the attempt's instance that are after `position`; nothing where it has gone. */
export async function* liveLines({ providers }: LogSource, request: ReadRequest): AsyncGenerator<LogLine> {
  const { container, position, follow, tail, signal } = request;
  const { attempt } = container.status;
  const provider = providers.find(({ name }) => name === attempt?.platform);
  if (!provider?.logs || attempt?.ref === undefined || !mayBeLive(container, position.attempt)) return;
  const since = readAgainFrom(position) ?? request.since;
  try {
    const lines = provider.logs(attempt.ref as Parameters<typeof provider.logs>[0], { follow, tail, since }, { signal });
    yield* wanted(lines, { position, since });
  } catch (error) {
    if (signal.aborted) return;
    if (!isNebError(error, 'not_found')) throw error;
  }
}

/** The lines kept of the attempt that are after `position`; `undefined` where none are kept. */
export async function keptLines({ store }: LogSource, { container, position, tail, since }: ReadRequest): Promise<readonly LogLine[] | undefined> {
  const kept = await store.keptLog(container.id, position.attempt);
  if (!kept) return undefined;
  const isNew = after(position);
  const lines = kept.lines.filter((line) => isNew(line) && isSince(line, since));
  return tail === undefined ? lines : lines.slice(Math.max(0, lines.length - tail));
}

async function* wanted(lines: AsyncIterable<LogLine>, { position, since }: { readonly position: Position; readonly since: string | undefined }): AsyncGenerator<LogLine> {
  const isNew = after(position);
  for await (const line of lines) if (isNew(line) && isSince(line, since)) yield line;
}

/** Platforms take `since` as a hint; some know it to the second only. */
function isSince(line: LogLine, since: string | undefined): boolean {
  return since === undefined || toNanoseconds(line.at) >= toNanoseconds(since);
}
