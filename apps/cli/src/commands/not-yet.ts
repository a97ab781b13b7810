import { NebError } from '@neb/core-types';
import type { Attach, Run } from '../verb.ts';

/** The original's verbs for what this version does not have. */
export const attach: Attach = (command, act) => {
  command.argument('[words...]').allowUnknownOption().allowExcessArguments().action(act(refuse));
};

const reasons: Readonly<Record<string, string>> = {
  connect: 'the tailnet comes with a later version', sync: 'synced volumes come with a later version', select: 'checkpoints come with a later version',
  proxy: 'a shell without a login is not served: use neb exec', daemon: 'nodes need no daemon: platform ssh uses the engine over SSH',
};

const refuse: Run<object> = async (_session, { command }) => {
  throw new NebError('unsupported', `neb ${command.name()}: ${reasons[command.name()] ?? 'this comes with a later version'}`, { hint: 'neb --help lists what there is.' });
};
