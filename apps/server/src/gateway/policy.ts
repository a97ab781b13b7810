import { type Caller, type Route, systemClock } from '@neb/core-types';
import { doorAdmission, type MakePolicy, meterObserver, routeLimits, type RateVerdict } from '@neb/gateway';
import { dialAt } from './far/dial-at.ts';
import { lastKnown, remembered } from './last-known.ts';
import type { PolicyData, WorkerQuestion } from './messages.ts';

/** Who may pass, in a worker of the gateway: by what servers say, and by what they said last where none is there. */
const makePolicy: MakePolicy = ({ data, ask, tell }) => {
  const asked = <T>(question: WorkerQuestion): Promise<T | undefined> => ask(question) as Promise<T | undefined>;
  const callers = lastKnown<Caller>(remembered);
  const secrets = lastKnown<string>(remembered);
  // Of this process alone, for where the first one is away.
  const limits = routeLimits(systemClock);
  return {
    admission: doorAdmission({
      clock: systemClock,
      limits: {
        take: (route, caller) => route.rate && asked<RateVerdict>({ ask: 'rate', route: { id: route.id, rate: route.rate }, caller }).catch(() => limits.take(route, caller)),
      },
      authenticate: (token) => callers.of(token, () => asked({ ask: 'caller', token })),
      secretOf: (route) => secrets.of(secretKey(route), () => asked({ ask: 'secret', route })),
    }),
    observer: meterObserver({ clock: systemClock, tell }),
    dial: dialAt((data as PolicyData).dials),
  };
};
export default makePolicy;

function secretKey({ id, namespace, authz }: Route): string {
  return JSON.stringify([id, namespace, authz?.jwt?.secret_ref]);
}
