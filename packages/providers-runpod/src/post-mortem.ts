import { type Clock, type ErrorCode, type Failure, isNebError } from '@neb/core-types';
import type { RunpodClient } from './client.ts';
import { type LogEvent, logEvents } from './logs/events.ts';
import { quiet, withQuiet } from './logs/quiet.ts';
import { markIn, variables } from './names.ts';
import type { Pod } from './replies.ts';
import type { Findings } from './translate.ts';
import { exitIn, isWrapped } from './wrapper.ts';

/** Finds out how a pod ended where its status does not tell, from its log. It looks once for each end. */
export interface PostMortem {
  of(pod: Pod, signal: AbortSignal | undefined): Promise<Findings>;
}

const quietMs = 1_000;
const looksAt = 50;
const remembered = 5_000;

export function postMortem(client: Pick<RunpodClient, 'logs'>, clock: Clock): PostMortem {
  const known = new Map<string, Findings>();

  return {
    async of(pod, signal) {
      const source = unexplained(pod);
      if (source === undefined) return {};
      const end = `${pod.id} ${pod.status} ${pod.startedAt ?? ''}`;
      const before = known.get(end);
      if (before) return before;
      try {
        const lines = (await lastLines(pod.id, source, signal)).map(({ line }) => line);
        const findings = source === 'container' ? { exitCode: exitCodeIn(lines, pod) } : { failure: failureIn(lines, pod.image) };
        if (known.size >= remembered) known.clear();
        known.set(end, findings);
        return findings;
      } catch (error) {
        signal?.throwIfAborted();
        if (!isNebError(error)) throw error;
        return { unsure: true };
      }
    },
  };

  async function lastLines(podId: string, source: 'container' | 'system', signal: AbortSignal | undefined): Promise<readonly LogEvent[]> {
    const leave = new AbortController();
    const until = signal ? AbortSignal.any([signal, leave.signal]) : leave.signal;
    const found: LogEvent[] = [];
    try {
      const events = logEvents(await client.logs(podId, { source, tail: looksAt }, { signal: until }));
      for await (const event of withQuiet(events, quietMs, clock)) {
        if (event === quiet) break;
        found.push(event);
      }
      return found;
    } finally {
      leave.abort();
    }
  }
}

/** The part of the log that may explain how the pod ended; `undefined` where its status, or its name, tells enough. */
function unexplained(pod: Pod): 'container' | 'system' | undefined {
  if (markIn(pod.name).kind === 'exit') return undefined;
  if (pod.status === 'ERROR') return 'system';
  return pod.status === 'EXITED' && isWrapped(pod) ? 'container' : undefined;
}

function exitCodeIn(lines: readonly string[], { env }: Pod): number | undefined {
  const ends = lines.flatMap((line) => exitIn(line, { key: env[variables.key] ?? '' }) ?? []);
  return ends.at(-1)?.exitCode;
}

/** What RunPod's own lines say of a container that could not be started. */
export function failureIn(lines: readonly string[], image: string): Failure | undefined {
  const line = lines.findLast((text) => /error|fail|denied|not found|unknown/i.test(text));
  return line === undefined ? undefined : { code: codeOf(line), message: `RunPod could not run ${image}: ${line.slice(0, 300)}` };
}

function codeOf(line: string): ErrorCode {
  if (/manifest unknown|repository .*not found|no such image|image .*not found|name unknown/i.test(line)) return 'not_found';
  if (/unauthorized|denied|authentication required/i.test(line)) return 'unauthorized';
  if (/executable file not found|no such file or directory|exec format/i.test(line)) return 'invalid';
  return 'failed';
}
