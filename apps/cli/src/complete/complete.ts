import type { ObjectKind } from '../kinds/table.ts';
import { kindTable } from '../kinds/table.ts';
import { inUse } from '../in-use.ts';
import { verbNamed } from '../verb-names.ts';
import type { World } from '../world.ts';
import { answer, type Candidate } from './answer.ts';
import { liveNames, refreshNames } from './names.ts';

/** Answers a shell: a candidate a line, a tab, and what it is. Says nothing rather than something wrong, and never fails. */
export async function complete(words: readonly string[], world: World): Promise<void> {
  const candidates = await answer(words, { env: world.env, names: liveNames({ world, ...inUse(world, {}) }), flagsOf }).catch(() => []);
  const current = words.at(-1) ?? '';
  world.stdout.write(candidates.filter(({ word }) => word.startsWith(current) || word.startsWith('__')).map(({ word, about }) => `${word}\t${about}\n`).join(''));
}

/** `neb __refresh KIND NAMESPACE`: what a completion had no time for. */
export async function refresh([kind, namespace]: readonly string[], world: World): Promise<void> {
  const known = kindTable.find((entry) => entry.kind === kind && entry.is === 'object');
  if (known) await refreshNames({ world, ...inUse(world, {}) }, known.kind as ObjectKind, namespace === '' ? undefined : namespace).catch(() => undefined);
}

async function flagsOf(verb: string | undefined): Promise<readonly Candidate[]> {
  const { program } = await import('../program.ts');
  const name = verb === undefined ? undefined : verbNamed(verb);
  const top = await program({ verb: name, act: () => async () => undefined, colour: false, width: 80, write: () => undefined });
  const command = top.commands.find((one) => one.name() === name);
  return [...(command?.options ?? []), ...top.options].filter(({ hidden }) => !hidden).flatMap(({ long, description }) => (long ? [{ word: long, about: description }] : []));
}
