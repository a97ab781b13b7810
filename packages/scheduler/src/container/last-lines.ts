import type { Clock, InstanceRef, LogLine, Masker, Provider } from '@neb/core-types';
import { within } from '../work/deadline.ts';

const mostLines = 1_000;
const mostBytes = 64 * 1_024;
const patienceMs = 3_000;

export interface LogSource {
  readonly provider: Provider;
  readonly ref: InstanceRef;
  readonly clock: Clock;
  /** What is kept is in every copy of the database, so no secret goes in. */
  readonly mask: Masker;
}

/**
 * The last lines of an instance that is about to go, at most 1,000 and 64 KiB. What cannot be had within 3 s is given up:
 * a log must not keep an instance alive.
 */
export async function lastLines({ provider, ref, clock, mask }: LogSource, signal: AbortSignal): Promise<readonly LogLine[]> {
  const { logs } = provider;
  if (!logs) return [];
  const lines: LogLine[] = [];
  let bytes = 0;
  try {
    await within({ clock, ms: patienceMs, what: 'the log', signal }, async (inTime) => {
      for await (const said of logs(ref, { tail: mostLines }, { signal: inTime })) {
        if (inTime.aborted) return;
        // Before anything is cut, or half of a value would stay.
        const line = { ...said, text: mask(said.text) };
        lines.push(line);
        bytes += Buffer.byteLength(line.text);
        while (lines.length > mostLines || (bytes > mostBytes && lines.length > 1)) bytes -= Buffer.byteLength(lines.shift()!.text);
      }
    });
  } catch {
    signal.throwIfAborted();
  }
  const last = lines.at(-1);
  return lines.length === 1 && bytes > mostBytes ? [{ ...last!, text: Buffer.from(last!.text).subarray(-mostBytes).toString() }] : lines.slice();
}
