import type { Clock, ListQuery } from '@neb/core-types';
import type { EngineClient } from './connection/client.ts';
import { containersOf } from './containers.ts';
import type { Engine } from './engine.ts';
import { keyQueue } from './hints.ts';
import { jsonLines } from './json-lines.ts';
import { labels } from './names.ts';
import { engineEvent } from './replies.ts';

/** What an engine tells of containers that an instance shows. */
const actions = ['create', 'start', 'die', 'oom', 'pause', 'unpause', 'destroy'];
const retryMs = { first: 250, most: 10_000 };

/** Keys of instances as the engines and our own launches tell of them. Ends when the signal aborts; outlives engines' restarts. */
export async function* watch(engines: readonly Engine[], { fleet }: ListQuery, signal?: AbortSignal): AsyncGenerator<string> {
  const stop = new AbortController();
  const until = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const keys = keyQueue(until);
  const silences = engines.map((engine) => engine.hints.listen((changedFleet, key) => changedFleet === fleet && keys.add(key)));
  for (const engine of engines) void follow(engine, { fleet, signal: until, tell: keys.add });
  try {
    yield* keys;
  } finally {
    stop.abort();
    for (const silence of silences) silence();
  }
}

interface Following {
  readonly fleet: string;
  readonly signal: AbortSignal;
  readonly tell: (key: string) => void;
}

async function follow({ client, clock }: { readonly client: EngineClient; readonly clock: Clock }, { fleet, signal, tell }: Following): Promise<void> {
  let since: string | undefined;
  let waitMs = retryMs.first;
  for (let first = true; !signal.aborted; first = false) {
    try {
      // An engine that restarted has forgotten its events, and containers may have ended with it.
      if (!first) for (const { Labels } of await containersOf(client, fleet, signal)) tell(Labels[labels.key] ?? '');
      const filters = { type: ['container'], event: actions, label: [`${labels.fleet}=${fleet}`] };
      const body = await client.stream({ method: 'GET', path: '/events', query: { since, filters }, signal });
      for await (const line of jsonLines(body)) {
        waitMs = retryMs.first;
        const { data } = engineEvent.safeParse(line);
        if (data?.timeNano !== undefined) since = inSeconds(data.timeNano);
        const key = data?.Actor?.Attributes[labels.key];
        if (key !== undefined) tell(key);
      }
    } catch {
      // Down, restarting, or cut off: whichever it is, calls that matter say so themselves.
    }
    await clock.sleep(waitMs, signal);
    waitMs = Math.min(waitMs * 2, retryMs.most);
  }
}

/** Inexact past the microsecond, as JSON's numbers are, so it looks back a little: hints may repeat. */
function inSeconds(nanoseconds: number): string {
  return (nanoseconds / 1e9 - 0.001).toFixed(6);
}
