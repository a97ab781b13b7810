import { viewSettings } from '../settings/view.ts';
import type { Attach } from '../verb.ts';

/** The original's `neb show config`. */
export const attach: Attach = (command, act) => {
  command.command('config').summary('The same as neb config view').action(act((session) => viewSettings(session, true)));
};
