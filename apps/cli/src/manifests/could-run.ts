import { isNebError } from '@neb/core-types';
import type { ApplyInput } from '@neb/sdk';
import { candidateSections } from '../describe/candidates.ts';
import { sectionsText } from '../describe/sections.ts';
import type { Session } from '../session.ts';
import type { Ready } from './read.ts';

const patienceMs = 20_000;

/** Where checked containers could run and for how much, as far as a server is there to ask; what it would refuse is a warning. */
export async function tellWhereTheyCouldRun(session: Session, manifests: readonly Ready[], mode: ApplyInput['mode']): Promise<void> {
  const whole = manifests.filter(({ manifest, body }) => manifest.kind === 'Container' && 'image' in body);
  if (whole.length === 0) return;
  try {
    const neb = await session.neb();
    const signal = AbortSignal.any([session.signal, AbortSignal.timeout(patienceMs)]);
    for (const { name, warnings, candidates = [] } of await neb.apply(whole.map(({ body }) => body), { mode, dryRun: true }, { signal })) {
      for (const warning of warnings) session.warn(`container/${name}: ${warning}`);
      if (whole.length > 1 && candidates.length > 0) await session.out.write(`\n${session.out.style.bold(name)}`);
      await session.out.write(sectionsText(candidateSections(candidates, session.moment()), session.out.style, session.out.width));
    }
  } catch (error) {
    session.signal.throwIfAborted();
    // The check of the manifests stands without a server.
    if (isNebError(error) && !['unavailable', 'unauthorized', 'timeout'].includes(error.code)) session.warn(`the server would refuse it: ${error.message}`);
  }
}
