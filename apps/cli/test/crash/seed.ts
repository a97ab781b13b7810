import { type Random, systemRandom } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';

/** How long and with what chances a crash test goes: `NEB_TEST_ROUNDS`, else so many; `NEB_TEST_SEED`, else any, which it says. */
export function seeded(name: string, usualRounds: number): { readonly rounds: number; readonly seed: number; readonly chance: Random } {
  const rounds = Number(process.env['NEB_TEST_ROUNDS'] ?? usualRounds);
  const seed = Number(process.env['NEB_TEST_SEED'] ?? Buffer.from(systemRandom(4)).readUInt32LE());
  console.log(`${name}: ${rounds} rounds, NEB_TEST_SEED=${seed}`);
  return { rounds, seed, chance: seededRandom(seed) };
}
