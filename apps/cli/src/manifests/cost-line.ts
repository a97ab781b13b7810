import { perHour } from '@neb/billing/bill';
import type { ContainerManifest, Manifest } from '@neb/core-types';
import type { Applied } from '@neb/sdk';
import { kindEntry } from '../kinds/table.ts';
import { moneysText } from '../render/money.ts';
import type { Session } from '../session.ts';
import type { Ready } from './read.ts';

/** More than these are not each told of. */
const most = 20;
const patienceMs = 3_000;

/** Says to people about what each of these costs where it would run now; nothing of what costs nothing, or where the server does not say in time. */
export async function tellWhatItCosts(session: Session, manifests: readonly Ready[]): Promise<void> {
  const runnable = manifests.flatMap(({ manifest }) => {
    const workload = workloadOf(manifest);
    return workload ? [{ manifest, workload }] : [];
  });
  if (!session.out.forPeople || session.flags.quiet || runnable.length === 0 || runnable.length > most) return;
  const neb = await session.neb();
  const signal = AbortSignal.any([session.signal, AbortSignal.timeout(patienceMs)]);
  const bodies = runnable.map(({ manifest: { metadata: { namespace } }, workload }) => ({ ...workload, kind: 'Container', metadata: { namespace } }));
  // It is there already, and goes on: what is only said besides fails nothing.
  const rehearsed = await neb.apply(bodies, { mode: 'create', dryRun: true }, { signal }).catch((): readonly Applied[] => []);
  session.signal.throwIfAborted();
  for (const [nth, { candidates = [] }] of rehearsed.entries()) {
    const best = candidates.find(({ fits }) => fits);
    const { manifest, workload } = runnable[nth]!;
    const line = best && costLine(manifest, { ...workload, price: best.price_per_hour });
    if (line !== undefined) session.note(line);
  }
}

/** Such as `container/web: about $2.10/h, $50.40/day`; `undefined` where nothing is asked. */
function costLine(manifest: Pick<Manifest, 'kind' | 'metadata'>, { meters = [], price }: Pick<ContainerManifest, 'meters'> & { readonly price: string }): string | undefined {
  const hourly = perHour(meters, price).filter(({ amount }) => Number(amount) > 0);
  if (hourly.length === 0) return undefined;
  const daily = hourly.map(({ currency, amount }) => ({ currency, amount: String(24 * Number(amount)) }));
  const each = manifest.kind === 'Container' ? '' : ' for each replica';
  const counted = meters.some(({ metric }) => metric !== 'runtime') ? ', and what is counted' : '';
  const { name } = manifest.metadata;
  return `${kindEntry(manifest.kind).singular}${name === undefined ? '' : `/${name}`}: about ${moneysText(hourly)}/h, ${moneysText(daily)}/day${each}${counted}`;
}

/** What runs of it, with all that its owner is asked for. */
function workloadOf(manifest: Manifest): Pick<ContainerManifest, 'meters'> | undefined {
  if (manifest.kind === 'Service') return { ...manifest.container, meters: [...(manifest.container.meters ?? []), ...(manifest.meters ?? [])] };
  if (manifest.kind === 'Processor') return manifest.container;
  if (manifest.kind !== 'Container') return undefined;
  const { kind: _, metadata: __, ...workload } = manifest;
  return workload;
}
