import { type Instance, messageOf, type Provider } from '@neb/core-types';
import { collectOutput } from './collect-output.ts';

/** What was counted at an earlier look. */
export interface Counted {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Received and sent since its start. */
  readonly bytes: number;
}

export interface Activity {
  /** What it does, in words; `undefined` where it does nothing. */
  readonly busy: string | undefined;
  readonly counted?: Counted | undefined;
}

export interface Looking {
  readonly provider: Pick<Provider, 'usage' | 'exec'>;
  readonly ref: Instance['ref'];
  readonly hasAccelerator: boolean;
  readonly before: Counted | undefined;
  readonly now: number;
}

/** Below these a container does nothing: 5 % of a core or of a GPU, and 1 KiB a second over the network, which is less than what probes and keep-alives take. */
const most = { cpus: 0.05, bytesPerSecond: 1_024, gpuPercent: 5 };

/** What a container does. A sign that cannot be had counts as being busy: nothing is put aside because nobody could look. */
export async function activityOf({ provider, ref, hasAccelerator, before, now }: Looking, signal: AbortSignal): Promise<Activity> {
  if (!provider.usage) return { busy: 'what it uses is not known there' };
  try {
    const { cpus, rxBytes, txBytes } = await provider.usage(ref, { signal });
    if (rxBytes === undefined || txBytes === undefined) return { busy: 'what it sends and receives is not known there' };
    const counted = { at: now, bytes: rxBytes + txBytes };
    if (cpus > most.cpus) return { busy: `it uses ${cpus.toFixed(2)} of a core`, counted };
    if (!before || counted.bytes < before.bytes) return { busy: 'what it sends and receives was not counted before', counted };
    const perSecond = ((counted.bytes - before.bytes) * 1_000) / Math.max(1, now - before.at);
    if (perSecond > most.bytesPerSecond) return { busy: `it sends and receives ${Math.round(perSecond)} bytes a second`, counted };
    return { busy: hasAccelerator ? await ofAccelerators({ provider, ref }, signal) : undefined, counted };
  } catch (error) {
    signal.throwIfAborted();
    return { busy: `what it uses cannot be read: ${messageOf(error)}` };
  }
}

const query = ['nvidia-smi', '--query-gpu=utilization.gpu', '--format=csv,noheader,nounits'];

/** By the driver's own tool, in the container, as NVIDIA's runtime puts it there. */
async function ofAccelerators({ provider, ref }: Pick<Looking, 'provider' | 'ref'>, signal: AbortSignal): Promise<string | undefined> {
  const unknown = 'what its accelerators do is not known';
  if (!provider.exec) return unknown;
  await using session = await provider.exec(ref, { command: query }, { signal });
  const [said, code] = await Promise.all([collectOutput(session.output), session.exit]);
  const percents = said.trim().split('\n').map((line) => Number(line.trim() || NaN));
  if (code !== 0 || percents.some((percent) => !Number.isFinite(percent))) return unknown;
  const highest = Math.max(...percents);
  return highest > most.gpuPercent ? `an accelerator is ${highest} % busy` : undefined;
}
