import { type Attempt, type ContainerSpec, type Instance, isNebError, type Masker, masker } from '@neb/core-types';
import type { Resource } from '../store.ts';
import type { SecretReader } from '../world.ts';
import { secretNames } from './secret-names.ts';

/**
 * What must not be seen of a container's secrets: those it names now, and those that its attempts were given. Of a secret
 * that was changed or deleted since, what `secrets` still knows. Opens each once.
 */
export async function secretValues(container: Resource<'Container'>, secrets: Pick<SecretReader, 'known'>, attempts: readonly Attempt[] = []): Promise<readonly string[]> {
  const { spec, namespace, status } = container;
  const given = [status.attempt, ...attempts].flatMap((attempt) => attempt?.secrets ?? []);
  const names = [...new Set([...secretNames(spec), ...given])];
  const values = await Promise.all(names.map(async (name) => partsOf(spec, name, await secrets.known(namespace, name))));
  return values.flat();
}

/** As the masker of these values; of all of a text where a secret cannot be opened. Throws only what may pass. */
export async function maskerOf(container: Resource<'Container'>, secrets: Pick<SecretReader, 'known'>): Promise<Masker> {
  try {
    return masker(await secretValues(container, secrets));
  } catch (error) {
    if (isNebError(error, 'unavailable') || isNebError(error, 'timeout')) throw error;
    // A container must be able to end even so.
    return () => '*** (not shown: a secret that it may hold cannot be opened)';
  }
}

/** `seen` without a secret in why it failed: engines repeat what they were given. */
export async function withoutSecrets(seen: Instance | undefined, container: Resource<'Container'>, secrets: SecretReader): Promise<Instance | undefined> {
  if (!seen?.failure) return seen;
  const mask = await maskerOf(container, secrets);
  return { ...seen, failure: { ...seen.failure, message: mask(seen.failure.message) } };
}

/** The password of `user:password` is a value of its own. */
function partsOf(spec: ContainerSpec, name: string, values: readonly string[]): readonly string[] {
  return name === spec.pull_secret ? values.flatMap((value) => [value, value.slice(value.indexOf(':') + 1)]) : values;
}
