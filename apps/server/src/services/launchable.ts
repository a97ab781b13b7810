import { NebError, type Provider, refusalOf } from '@neb/core-types';
import { launchSpec, type LaunchDefaults, type Resource } from '@neb/scheduler';
import { platformFault } from './clouds.ts';

export interface LaunchableOptions {
  readonly providers: readonly Provider[];
  readonly launch: LaunchDefaults;
  readonly now: number;
}

/** Refusals do not hang on what a secret holds, only on there being one, with the fields that are asked for. */
function anySecret({ env = [], secret_files: files = [] }: Resource<'Container'>['spec']): { open(): Promise<string> } {
  const keys = [...env, ...files].flatMap(({ secret_key: key }) => key ?? []);
  const value = JSON.stringify({ ...Object.fromEntries(keys.map((key) => [key, 'any'])), username: 'user', password: 'password' });
  return { open: async () => value };
}

/** Why no platform of this server can ever run the container; `undefined` where one may. */
export async function launchFault(container: Resource<'Container'>, { providers, launch, now }: LaunchableOptions): Promise<NebError | undefined> {
  const { platform } = container.spec;
  const fault = platform === undefined ? undefined : platformFault(platform, providers.map(({ name }) => name));
  if (fault) return fault;
  const prepared = await launchSpec(container, { secrets: anySecret(container.spec), defaults: launch, now });
  if (prepared.do !== 'launch') return new NebError(prepared.reason === 'Unsupported' ? 'unsupported' : 'invalid', prepared.message);
  const open = providers.filter(({ name }) => platform === undefined || name === platform);
  const refusals = open.map((provider) => ({ name: provider.name, why: refusalOf(provider, prepared.spec, container.spec) }));
  if (refusals.length === 0 || refusals.some(({ why }) => why === undefined)) return undefined;
  const lacking = open.some((provider) => refusalOf(provider, prepared.spec) === undefined) || prepared.spec.secretFiles !== undefined && open.every(({ traits }) => !traits.secretFiles);
  return new NebError(lacking ? 'unsupported' : 'invalid', refusals.map(({ name, why }) => `${name}: ${why}`).join('; '), { hint: '`neb get platforms` says what each can do.' });
}
