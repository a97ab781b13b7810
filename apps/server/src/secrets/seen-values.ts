/** Values of secrets that went through this process, so that what was changed or deleted since can still be masked. */
export interface SeenValues {
  note(secret: Named, value: string): void;
  /** Of the secrets of that name, the latest last. */
  of(secret: Named): readonly string[];
}

interface Named {
  readonly namespace: string;
  readonly name: string;
}

/** Of one name; a secret that changes every hour is remembered for more than a day. */
const valuesAtMost = 32;
const namesAtMost = 10_000;

/** In memory only, and no more than 10,000 names of 32 values each: what was longest out of use goes first. */
export function seenValues(): SeenValues {
  const byName = new Map<string, readonly string[]>();
  const nameOf = ({ namespace, name }: Named): string => `${namespace}/${name}`;

  return {
    note(secret, value) {
      const name = nameOf(secret);
      const before = byName.get(name) ?? [];
      byName.delete(name);
      byName.set(name, [...before.filter((known) => known !== value), value].slice(-valuesAtMost));
      if (byName.size > namesAtMost) byName.delete(byName.keys().next().value!);
    },
    of: (secret) => byName.get(nameOf(secret)) ?? [],
  };
}
