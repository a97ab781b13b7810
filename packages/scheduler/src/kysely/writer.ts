import { databaseCode, messageOf, NebError } from '@neb/core-types';
import { CompiledQuery, type Kysely } from 'kysely';
import { beyondView } from '../conflicts.ts';
import { gather, type Outcome } from './gather.ts';
import type { Operation } from './operations.ts';
import { inWords } from './trouble.ts';

/** Two writers were in each other's way; neither is at fault. */
const inTheWay = ['40001', '40P01'];
const uniqueViolation = '23505';
const attempts = 5;

/**
 * Does operations, those that arrive while a round is under way together in the next: one exchange with the database
 * and one flush to disk for all of them. Each is still all or nothing, and fails alone.
 */
export function writer(db: Kysely<unknown>): <A>(operation: Operation<A>) => Promise<A> {
  const durable = gather<Operation, unknown>({ lanes: 2, limit: 64, round: (operations) => round(operations) });
  // These do not wait for the disk, so neither do they wait for those that do.
  const fleeting = gather<Operation, unknown>({ lanes: 1, limit: 64, round: (operations) => round(operations) });
  return async <A>(operation: Operation<A>) => (await (operation.durable ? durable(operation) : fleeting(operation))) as A;

  async function round(operations: readonly Operation[]): Promise<readonly Outcome<unknown>[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        const answers = await ask(operations);
        return operations.map((operation, n) => readOutcome(operation, answers[n]));
      } catch (error) {
        const again = inTheWay.includes(databaseCode(error) ?? '') || (databaseCode(error) === uniqueViolation && operations.length === 1);
        if (again && attempt < attempts) continue;
        if (operations.length > 1 && !isLost(error)) return await oneByOne(operations);
        throw inWords(plainly(error), operations.some(({ durable }) => durable) ? 'uncertain' : 'unavailable');
      }
    }
  }

  /** One of them made the database refuse all: alone, it fails alone. */
  async function oneByOne(operations: readonly Operation[]): Promise<readonly Outcome<unknown>[]> {
    const outcomes: Outcome<unknown>[] = [];
    for (const operation of operations) outcomes.push(await round([operation]).then(([outcome]) => outcome!, (error: unknown) => ({ error })));
    return outcomes;
  }

  /** Answers in the order of the operations, although they are done in the order in which all writers lock objects. */
  async function ask(operations: readonly Operation[]): Promise<readonly unknown[]> {
    const order = [...operations.keys()].sort((a, b) => compare(operations[a]!.replaces, operations[b]!.replaces));
    const ops = `[${order.map((n) => operations[n]!.json).join(',')}]`;
    const ids = inOrder(operations.flatMap((operation) => operation.ids));
    const keys = inOrder(operations.flatMap((operation) => operation.keys));
    const durable = operations.some((operation) => operation.durable);
    const { rows } = await db.executeQuery<{ answers: readonly unknown[] }>(CompiledQuery.raw('/*neb_write*/ select neb_write($1::jsonb, $2::text[], $3::text[], $4) as answers', [ops, ids, keys, durable]));
    const answers: unknown[] = [];
    for (const [at, n] of order.entries()) answers[n] = rows[0]!.answers[at];
    return answers;
  }
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The order in which everyone locks what is locked beforehand. */
function inOrder(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].sort();
}

function readOutcome(operation: Operation, answer: unknown): Outcome<unknown> {
  try {
    return { value: operation.read(answer) };
  } catch (error) {
    return { error };
  }
}

function isLost(error: unknown): boolean {
  return inWords(error, 'uncertain') !== error;
}

/** The name was free whenever it was looked at, and taken whenever it was written: rivals come and go. */
function plainly(error: unknown): unknown {
  if (databaseCode(error) === '42501' && messageOf(error).includes('row-level security')) return beyondView();
  if (databaseCode(error) !== uniqueViolation) return error;
  return new NebError('conflict', 'a name was taken by someone else meanwhile', { cause: error, hint: 'Try again.' });
}
