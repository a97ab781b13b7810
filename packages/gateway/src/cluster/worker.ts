// One process of a gateway that has several. It is started by `createGatewayCluster`, and by nobody else.
import { messageOf, type RouteChange, type RouteFeed, systemClock } from '@neb/core-types';
import { listenOn } from '../listen/accept.ts';
import { gatewayCore } from '../gateway.ts';
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts';
import type { MakePolicy } from './policy.ts';
import { gaugeTeller } from './teller.ts';

const asked = new Map<number, PromiseWithResolvers<unknown>>();
const changes: RouteChange[] = [];
let questions = 0;
let changed: (() => void) | undefined;
let drain: ((ms: number) => Promise<number>) | undefined;

process.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'start': return void run(message.start).catch((error: unknown) => {
      say({ kind: 'failed', error: messageOf(error) });
      process.exit(1);
    });
    case 'change':
      changes.push(message.change);
      return changed?.();
    case 'answer': {
      const question = asked.get(message.id);
      asked.delete(message.id);
      if (message.error === undefined) question?.resolve(message.value);
      else question?.reject(new Error(message.error));
      return;
    }
    case 'drain': return void drain?.(message.ms).then((left) => {
      say({ kind: 'drained', left });
      // What was just said goes out first.
      process.disconnect?.();
    });
  }
});

/** The routes as the first process tells them. It never ends: without that process the last ones stay. */
const feed: RouteFeed = {
  async *watch(call) {
    for (;;) {
      const change = changes.shift();
      if (change) {
        yield change;
        continue;
      }
      if (call?.signal?.aborted) return;
      await new Promise<void>((resolve) => {
        changed = resolve;
        call?.signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  },
};

async function run(start: WorkerStart): Promise<void> {
  const { default: makePolicy } = (await import(start.policy)) as { readonly default: MakePolicy };
  const policy = await makePolicy({
    data: start.data,
    tell: (told) => say({ kind: 'told', told }),
    ask: (question) => ask((id) => ({ kind: 'ask', id, question })),
  });
  const listener = await listenOn(start.host, start.port, true);
  const core = gatewayCore(
    {
      ...policy, feed, limits: start.limits, results: start.results, zone: start.zone, listen: { host: start.host, port: start.port, tls: start.tls },
      waker: {
        async wake(routeId) {
          // Whoever is woken looks at who waits.
          tell.now();
          await ask((id) => ({ kind: 'wake', id, routeId }));
        },
      },
      onTrouble: (error) => say({ kind: 'trouble', error: `${messageOf(error)}${error.cause === undefined ? '' : ` ${messageOf(error.cause)}`}` }),
    },
    { open: (port) => listenOn(start.host, port, true), mainPort: () => start.port, stirred: () => tell.soon() },
  );
  const tell = gaugeTeller({ gauges: () => core.gateway.gauges(), say: (gauges) => say({ kind: 'gauges', gauges }), everyMs: start.gaugesEveryMs });
  await core.gateway.synced;
  core.take(listener);
  let isDraining = false;
  drain = async (ms) => {
    isDraining = true;
    const left = await core.gateway.drain(ms);
    tell.now();
    return left;
  };
  const end = async (): Promise<void> => {
    tell.stop();
    await core.gateway[Symbol.asyncDispose]();
    process.exit(0);
  };
  process.once('disconnect', () => {
    tell.stop();
    for (const question of asked.values()) question.reject(new Error('The first process is away.'));
    asked.clear();
    if (isDraining) return void end();
    // Whoever started it is gone. It serves what it knows for a while, or until it is told that another is there, and then ends in peace.
    void systemClock.sleep(start.orphanMs).then(leave);
  });
  let leaving: Promise<void> | undefined;
  const leave = (): Promise<void> => (leaving ??= core.gateway.drain(start.orphanMs).then(end));
  process.once('SIGTERM', () => void leave());
  say({ kind: 'ready' });
  // It may have gone before there was anybody to notice.
  if (!process.connected) process.emit('disconnect');
}

function ask(message: (id: number) => FromWorker): Promise<unknown> {
  if (!process.connected) return Promise.reject(new Error('The first process is away.'));
  const id = questions++;
  const question = Promise.withResolvers<unknown>();
  asked.set(id, question);
  say(message(id));
  return question.promise;
}

function say(message: FromWorker): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
