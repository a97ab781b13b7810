// What a worker of our gateway goes by: everybody may pass, or tokens, rules and meters with their journal on disk.
// It is JavaScript, as what a server's workers load is built: to strip types takes a process 16 MiB.
import { systemClock } from '@neb/core-types';
import { doorAdmission, factJournal, meterObserver, routeLimits } from '@neb/gateway';

/** @type {import('@neb/gateway').MakePolicy} */
const makePolicy = async ({ data }) => {
  if (!data) return { admission: { admit: () => ({ do: 'pass' }) } };
  const { secret, folder } = /** @type {import('./door.ts').Metered} */ (data);
  const journal = await factJournal({ folder, clock: systemClock, warn: (message) => process.stderr.write(`${message}\n`) });
  return {
    admission: doorAdmission({ clock: systemClock, limits: routeLimits(systemClock), authenticate: async () => undefined, secretOf: async () => secret }),
    observer: meterObserver({ clock: systemClock, tell: journal.tell }),
  };
};
export default makePolicy;
