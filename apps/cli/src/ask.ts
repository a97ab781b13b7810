import { NebError } from '@neb/core-types';
import type { Session } from './session.ts';

/** Resolves if the user agrees; throws otherwise. `yes` has agreed beforehand. Where nobody can be asked, it says which flag to add. */
export async function confirm(session: Session, question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  if (!session.canAsk) throw new NebError('invalid', `${question} Nobody can be asked here.`, { hint: 'Add --yes to go on without a question.' });
  const answer = await ask(session, `${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new NebError('conflict', 'nothing was done');
}

/** As `confirm`, by typing the name of what would be lost. */
export async function confirmByName(session: Session, { question, name }: { readonly question: string; readonly name: string }, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  if (!session.canAsk) throw new NebError('invalid', `${question} Nobody can be asked here.`, { hint: 'Add --yes to go on without a question.' });
  const answer = await ask(session, `${question}\nType its name to go on: `);
  if (answer.trim() !== name) throw new NebError('conflict', 'that is not its name; nothing was done');
}

async function ask({ world, signal }: Session, question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: world.stdin, output: world.stderr });
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
}
