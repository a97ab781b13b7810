import type { InstanceRef, Provider } from '@neb/core-types';
import type { Resource } from '../store.ts';
import type { MoveTime } from './worth-moving.ts';

/** What a move is expected to take. */
export interface ExpectedMove extends MoveTime {
  /** How long the old instance is needed: until its snapshot is at the new place. */
  readonly carryMs: number;
  /** Of the snapshot; absent where nobody knows. */
  readonly bytes: number | undefined;
  /** `measured` at this container's last move, else `assumed`. */
  readonly known: 'measured' | 'assumed';
}

/** What runs, and where. */
interface Mover {
  readonly container: Resource<'Container'>;
  readonly provider: Pick<Provider, 'usage'>;
  readonly ref: InstanceRef;
}

/** What a gigabit line carries a second, at 40 % of what it could: what ships an archive reads, sends and writes. */
const bytesPerSecond = 50e6;
const startMs = 30_000;
const usualBytes = 2 ** 30;

/** As long as its last move took; before there was one, as long as its memory takes over a line, and half a minute for a place to start it. */
export async function expectedMove({ container, provider, ref }: Mover, signal: AbortSignal): Promise<ExpectedMove> {
  const { last_move: last } = container.status;
  if (last) return { tookMs: last.took_ms, downMs: last.down_ms, carryMs: last.carry_ms ?? last.down_ms, bytes: last.size_bytes, known: 'measured' };
  const bytes = (await provider.usage?.(ref, { signal }).catch(() => undefined))?.memoryBytes;
  signal.throwIfAborted();
  const carryMs = ((bytes ?? usualBytes) / bytesPerSecond) * 1_000;
  return { tookMs: startMs + carryMs, downMs: startMs + carryMs, carryMs, bytes, known: 'assumed' };
}
