import type { Attach } from '../verb.ts';
import { useContext } from './config.ts';

/** The original's `neb set context NAME`. */
export const attach: Attach = (command, act) => {
  command.command('context').summary('The same as neb config use-context').argument('<name>').action(act((session, { words }) => useContext(session, words[0]!)));
};
