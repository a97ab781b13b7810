import { type LogLine, masker } from '@neb/core-types';
import { type Resource, secretValues, type SecretReader, type TenantStore } from '@neb/scheduler';

export interface LogMask {
  /** Opens what that attempt was given, once for all lines up to the next call; what was learnt before stays. */
  learn(container: Resource<'Container'>, attempt: number): Promise<void>;
  line(line: LogLine): LogLine;
}

/** Masks the values of a container's secrets for as long as its log is read, whatever becomes of the secrets meanwhile. */
export function logMask({ store, secrets }: { readonly store: TenantStore; readonly secrets: SecretReader }): LogMask {
  const values = new Set<string>();
  let mask = masker(values);
  return {
    async learn(container, attempt) {
      const before = values.size;
      const earlier = container.status.attempt?.number === attempt ? [] : await store.attempts(container.id);
      for (const value of await secretValues(container, secrets, earlier)) values.add(value);
      if (values.size > before) mask = masker(values);
    },
    line: (line) => ({ ...line, text: mask(line.text) }),
  };
}
