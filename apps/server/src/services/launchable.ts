import { NebError, type Provider } from '@neb/core-types';
import { launchSpec, type LaunchDefaults, type Resource } from '@neb/scheduler';
import { platformFault } from './clouds.ts';

export interface LaunchableOptions {
  readonly providers: readonly Provider[];
  readonly launch: LaunchDefaults;
  readonly now: number;
}

/** Refusals do not hang on what a secret holds, only on there being one. */
const anySecret = { open: async () => 'user:password' };

/** Why no platform of this server can ever run the container; `undefined` where one may. */
export async function launchFault(container: Resource<'Container'>, { providers, launch, now }: LaunchableOptions): Promise<NebError | undefined> {
  const { platform } = container.spec;
  const fault = platform === undefined ? undefined : platformFault(platform, providers.map(({ name }) => name));
  if (fault) return fault;
  const prepared = await launchSpec(container, { secrets: anySecret, defaults: launch, now });
  if (prepared.do !== 'launch') return new NebError(prepared.reason === 'Unsupported' ? 'unsupported' : 'invalid', prepared.message);
  const open = providers.filter(({ name }) => platform === undefined || name === platform);
  const refusals = open.map((provider) => ({ name: provider.name, why: provider.refusal?.(prepared.spec) }));
  if (refusals.length === 0 || refusals.some(({ why }) => why === undefined)) return undefined;
  return new NebError('invalid', refusals.map(({ name, why }) => `${name}: ${why}`).join('; '), { hint: '`neb get platforms` says what each can do.' });
}
