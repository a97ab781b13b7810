import { type Clock, isNebError } from '@neb/core-types';
import type { RunpodClient } from './client.ts';
import { lastLines } from './logs/last-lines.ts';
import { markIn } from './names.ts';
import type { Pod } from './replies.ts';
import { restarts } from './restarts.ts';
import type { Findings } from './translate.ts';
import { exitCodeIn, failureIn, isFinal } from './words.ts';
import { isWrapped } from './wrapper.ts';

/** Finds out, from a pod's log, what its status does not tell. */
export interface PostMortem {
  /**
   * How a pod ended; it looks once for each end. Of a pod that seems to run or to start it tells what an earlier look has
   * found, and looks again in the background, now and then: one that cannot stop itself would else run for ever, as
   * would one whose image RunPod never gets.
   */
  of(pod: Pod, signal: AbortSignal | undefined): Promise<Findings>;
}

const endLines = 50;
/** How often one pod is looked at that seems well, and how often any. */
const glanceEveryMs = 60_000;
const glanceAnyMs = 5_000;
const remembered = 5_000;

export function postMortem(client: Pick<RunpodClient, 'logs'>, clock: Clock): PostMortem {
  const known = new Map<string, Findings>();
  const glanced = new Map<string, number>();
  const again = restarts();
  let lastGlance = -Infinity;

  async function look(pod: Pod, source: 'container' | 'system', signal: AbortSignal | undefined): Promise<Findings> {
    const lines = await lastLines({ client, clock }, pod.id, { source, count: endLines, signal });
    return source === 'container' ? { exitCode: exitCodeIn(lines, pod) } : { failure: failureIn(lines, pod) };
  }

  function remember(pod: Pod, findings: Findings): Findings {
    if (known.size >= remembered) known.clear();
    known.set(runOf(pod), findings);
    return findings;
  }

  function glance(pod: Pod, source: 'container' | 'system'): void {
    const now = clock.now();
    if (glanced.size >= remembered) glanced.clear();
    const since = glanced.get(runOf(pod));
    if (since === undefined) glanced.set(runOf(pod), now);
    if (now - (since ?? now) < glanceEveryMs || now - lastGlance < glanceAnyMs) return;
    lastGlance = now;
    glanced.set(runOf(pod), now);
    // What it does not find now it may find the next time.
    void look(pod, source, undefined).then((findings) => {
      if (findings.exitCode !== undefined || (findings.failure && isFinal(findings.failure))) remember(pod, findings);
    }, () => undefined);
  }

  return {
    async of(pod, signal) {
      const before = known.get(runOf(pod));
      if (before) return before;
      if (again.noticed(pod) && !isWrapped(pod)) return { restarted: true };
      const question = questionOf(pod);
      if (!question) return {};
      if (!question.over) {
        glance(pod, question.source);
        return {};
      }
      try {
        return remember(pod, await look(pod, question.source, signal));
      } catch (error) {
        signal?.throwIfAborted();
        if (!isNebError(error)) throw error;
        return { unsure: true };
      }
    },
  };
}

/** One run of a pod up to one status. */
function runOf({ id, status, startedAt }: Pod): string {
  return `${id} ${status} ${startedAt ?? ''}`;
}

interface Question {
  readonly source: 'container' | 'system';
  /** Whether the pod has come to its end. */
  readonly over: boolean;
}

/** Which log may tell more than the pod's status and name do; `undefined` where they tell enough. */
function questionOf(pod: Pod): Question | undefined {
  if (markIn(pod.name).kind === 'exit') return undefined;
  switch (pod.status) {
    case 'PROVISIONING': case 'STARTING': return { source: 'system', over: false };
    case 'RUNNING': return isWrapped(pod) ? { source: 'container', over: false } : undefined;
    case 'EXITED': return isWrapped(pod) && markIn(pod.name).kind !== 'suspended' ? { source: 'container', over: true } : undefined;
    case 'ERROR': return { source: 'system', over: true };
    default: return undefined;
  }
}
