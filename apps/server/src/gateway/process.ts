// The gateway's first process. A server starts it with its first route; it outlives that server and serves the next one.
import { closeSync, existsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isNebError, messageOf, NebError, type RouteFact, systemClock, systemRandom } from '@neb/core-types';
import { createGateway, createGatewayCluster, factJournal, type Gateway, gaugeTeller, routeLimits } from '@neb/gateway';
import { beside } from './beside.ts';
import { hearDials } from './far/dials.ts';
import { farPlatforms } from './far/far-platforms.ts';
import { lastKnown, remembered } from './last-known.ts';
import { leftWorkers } from './left-workers.ts';
import type { GatewaySettings, PolicyData, WorkerQuestion } from './messages.ts';
import { ownPorts } from './own-ports.ts';
import makePolicy from './policy.ts';
import { isFree } from './ports.ts';
import { hearServers } from './servers.ts';
import { started } from './started.ts';

/** How often what is seen is told on, while there is something. */
const gaugesEveryMs = 250;
/** How often it is looked whether the data folder is still there, while no server is. */
const lookMs = 10_000;
/** For how long it tells why it could not begin. */
const tellMs = 2_000;

const settings = JSON.parse(process.argv[2] ?? '{}') as GatewaySettings;
const clock = systemClock;
let gateway: Awaited<ReturnType<typeof open>> | undefined;
let failure: string | undefined;
let workers: readonly number[] = [];
let ending: Promise<void> | undefined;
let alone = new AbortController();

const before = await leftWorkers(settings.folder);
const journal = await factJournal({ folder: settings.facts, clock, warn: (text) => trouble(new Error(text)), onKept: () => servers.tell({ kind: 'counted' }) });
const limits = routeLimits(clock);
/** Servers are always asked; what they said last counts where none answers. */
const known = lastKnown<unknown>({ ...remembered, freshMs: 0 });
const gauging = gaugeTeller({ everyMs: gaugesEveryMs, gauges: () => gateway?.gauges() ?? [], say: (gauges) => servers.tell({ kind: 'gauges', gauges }) });
const far = farPlatforms({ clock, random: systemRandom, onTrouble: trouble });
const dials = await hearDials({ path: settings.dials, dial: far.dial });
const servers = await hearServers({
  path: settings.socket,
  welcome: () => [{ kind: 'welcome', settings }, ...(gateway ? [{ kind: 'open', address: gateway.address } as const] : []), ...(failure === undefined ? [] : [{ kind: 'failed', error: failure } as const])],
  onCount(count) {
    alone.abort();
    if (count === 0) return void goOnAlone();
    gauging.again();
  },
  onPlatforms: far.setUp,
  onLeft: (drainMs) => void end(drainMs),
});
process.once('SIGTERM', () => void end(settings.orphanMs)).on('SIGINT', () => undefined);
void goOnAlone();
const isOurs = before.left.length > 0;
const isOpen = settings.port === 0 || isOurs || (await isFree(settings.host, settings.port));
// Whoever started it may connect now, or knows why not.
writeSync(3, isOpen ? started : `port ${settings.port} of ${settings.host} cannot be listened on`);
closeSync(3);
if (!isOpen) await end(0);
try {
  gateway = await open();
  servers.tell({ kind: 'open', address: gateway.address });
  before.dismiss();
} catch (error) {
  trouble(error instanceof Error ? error : new Error(String(error)));
  failure = messageOf(error);
  servers.tell({ kind: 'failed', error: failure });
  // Whoever started it may not have connected yet.
  await clock.sleep(tellMs);
  await end(0);
}

async function open(): Promise<Omit<Gateway, 'listenAt'>> {
  const { host, port, zone } = settings;
  const tell = (facts: unknown): void => journal.tell(facts as readonly RouteFact[]);
  const policyData = { dials: settings.dials } satisfies PolicyData;
  const shared = {
    feed: ownPorts(servers.feed, { host, mayBeOurs: () => isOurs && gateway === undefined, onTrouble: trouble }),
    listen: { host, port }, zone, onTrouble: trouble, results: join(settings.folder, 'results'),
    waker: {
      async wake(id: string) {
        // Whoever is woken looks at who waits.
        gauging.now();
        await servers.ask({ ask: 'wake', id });
      },
    },
  };
  try {
    if (settings.workers < 2) throw new NebError('unsupported', 'one process serves by itself');
    return await createGatewayCluster({
      ...shared, workers: settings.workers, policy: new URL(beside(import.meta.url, 'policy')), data: policyData, gaugesEveryMs, orphanMs: settings.orphanMs,
      onTold: tell, onAsked: answer, onGauges: () => gauging.soon(),
      onWorkers(pids) {
        workers = pids;
        before.note(pids).catch(trouble);
      },
    });
  } catch (error) {
    if (!isNebError(error, 'unsupported')) throw error;
    const { admission, observer, dial } = await makePolicy({ data: policyData, tell, ask: answer });
    const one = await createGateway({ ...shared, admission, observer, dial });
    setInterval(() => gauging.soon(), gaugesEveryMs).unref();
    return one;
  }
}

async function answer(question: unknown): Promise<unknown> {
  const asked = question as WorkerQuestion;
  switch (asked.ask) {
    case 'rate': return limits.take(asked.route, asked.caller);
    case 'wake': return await servers.ask(asked);
    default: return await known.of(JSON.stringify(asked), () => servers.ask(asked));
  }
}

/** The last routes are served for a while, as long as there is a data folder that a server could come back to. */
async function goOnAlone(): Promise<void> {
  const { signal } = (alone = new AbortController());
  for (let leftMs = settings.orphanMs; leftMs > 0 && !signal.aborted && existsSync(settings.folder); leftMs -= lookMs) await clock.sleep(lookMs, signal);
  if (!signal.aborted) await end(settings.orphanMs);
}

function end(drainMs: number): Promise<void> {
  return (ending ??= (async () => {
    await gateway?.drain(drainMs);
    gauging.now();
    if (gateway) await gateway[Symbol.asyncDispose]();
    else for (const pid of workers) process.kill(pid, 'SIGKILL');
    await journal[Symbol.asyncDispose]();
    await dials[Symbol.asyncDispose]();
    await far[Symbol.asyncDispose]();
    await servers[Symbol.asyncDispose]();
    process.exit(0);
  })());
}

/** Written down as well, for where no server hears it. */
function trouble(error: Error): void {
  const text = `${messageOf(error)}${error.cause === undefined ? '' : ` ${messageOf(error.cause)}`}`;
  console.error(`${new Date(clock.now()).toISOString()} ${text}`);
  servers.tell({ kind: 'trouble', error: text });
}
