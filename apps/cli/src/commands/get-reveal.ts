import { NebError } from '@neb/core-types';
import { confirm } from '../ask.ts';
import { find, refTo } from '../objects.ts';
import type { Session } from '../session.ts';
import type { Target } from '../targets.ts';

/** Prints a secret's value, and nothing else: what asks for it can keep it. */
export async function reveal(session: Session, wanted: readonly Target[], yes: boolean | undefined): Promise<void> {
  const [target, ...more] = wanted;
  const [name, ...names] = target?.names ?? [];
  if (target?.kind !== 'Secret' || name === undefined || names.length > 0 || more.length > 0) {
    throw new NebError('invalid', '--reveal wants one secret', { hint: 'neb get secret NAME --reveal' });
  }
  const secret = await find(session, 'Secret', name);
  const { namespace } = secret.metadata;
  await confirm(session, `Show the value of secret ${namespace}/${name} in plain text?`, yes);
  const value = await (await session.neb()).secrets.reveal(refTo(secret), session);
  await session.out.value({ kind: 'Secret', namespace, name, value }, () => `${value}\n`);
}
