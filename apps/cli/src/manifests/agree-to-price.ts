import type { ApplyInput, Neb } from '@neb/sdk';
import { confirm } from '../ask.ts';
import { priceText } from '../render/price.ts';
import type { Session } from '../session.ts';
import type { Ready } from './read.ts';

/** Says what containers will cost, and asks before anything is bought. Nothing is asked where nothing costs. */
export async function agreeToPrice(session: Session, manifests: readonly Ready[], { neb, mode }: { readonly neb: Neb; readonly mode: ApplyInput['mode'] }): Promise<void> {
  const containers = manifests.filter(({ manifest }) => manifest.kind === 'Container');
  if (containers.length === 0) return;
  const rehearsed = await neb.apply(containers.map(({ body }) => body), { mode, dryRun: true }, session);
  const costs = rehearsed.flatMap(({ name, candidates = [] }) => {
    const best = candidates.find(({ fits }) => fits);
    return best && Number(best.price_per_hour) > 0 ? [{ name, best }] : [];
  });
  if (costs.length === 0) return;
  const lines = costs.map(({ name, best }) => `${name}: ${best.accelerator ?? 'no accelerator'} on ${best.platform} (${best.region}) at ${priceText(best)}`);
  await confirm(session, `${lines.join('\n')}\nStart ${costs.length === 1 ? 'it' : 'them'}?`, false);
}
