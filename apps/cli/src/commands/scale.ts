import { NebError } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import { find, refTo, slashName } from '../objects.ts';
import { oneProcessor } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags {
  readonly replicas?: string;
  readonly auto?: boolean;
}

export const attach: Attach = (command, act) => {
  command
    .argument('<kind>', 'processor; or processor/NAME, or its name alone')
    .argument('[name]')
    .option('--replicas <count>', 'keep so many workers, until the manifest is applied again; 0 is none')
    .option('--auto', 'let the autoscaler decide again')
    .addHelpText('before', examples('Say how many workers a processor has. Those that go finish what they hold first.', [
      ['neb scale processor translator --replicas 3 -n my-app', ''],
      ['neb scale processor/translator --replicas 0', 'messages wait meanwhile'],
      ['neb scale processor translator --auto', 'as many as the pressure asks for'],
    ]))
    .action(act<Flags>(scale));
};

const scale: Run<Flags> = async (session, { words, options }) => {
  const name = oneProcessor(words, 'neb scale processor NAME --replicas COUNT');
  const replicas = wantedOf(options);
  const processor = await find(session, 'Processor', name);
  const scaled = await (await session.neb()).processors.scale(refTo(processor), replicas, session);
  await session.out.value(scaled, () => `${slashName(scaled)} ${replicas === 'auto' ? 'is scaled by its pressure' : `keeps ${replicas} ${replicas === 1 ? 'worker' : 'workers'}`}\n`);
};

/** Throws `invalid` unless exactly one of the flags says it. */
function wantedOf({ replicas, auto }: Flags): number | 'auto' {
  if ((replicas === undefined) === !auto) throw new NebError('invalid', 'how many workers?', { hint: 'Give either --replicas COUNT or --auto.' });
  if (replicas === undefined) return 'auto';
  if (/^\d+$/.test(replicas) && Number(replicas) <= 10_000) return Number(replicas);
  throw new NebError('invalid', `--replicas ${replicas} is not a number from 0 to 10000`);
}
