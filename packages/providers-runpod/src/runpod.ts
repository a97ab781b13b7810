import { type Call, type Connection, type CreateRequest, type DeleteOptions, type Instance, type InstanceRef, isNebError, type LaunchSpec, type ListQuery, type Logs, NebError, type Offer, type OfferQuery, platformClock, type Provider, type Suspend, systemClock, unlessAborted } from '@neb/core-types';
import { keyring } from '@neb/ssh';
import { runpodClient } from './client.ts';
import { credentials } from './credentials.ts';
import { dialling } from './dial/dial.ts';
import { exec } from './exec/exec.ts';
import { ledger } from './ledger.ts';
import { logs } from './logs/logs.ts';
import { variables } from './names.ts';
import { offersOf } from './offers.ts';
import type { RunpodOptions } from './options.ts';
import { podList } from './pod-list.ts';
import { postMortem } from './post-mortem.ts';
import { purchases } from './purchases.ts';
import { redactor } from './redact.ts';
import { refusalFor } from './refusal.ts';
import type { Pod } from './replies.ts';
import { sender } from './send.ts';
import { spotMarket } from './spot.ts';
import { suspend } from './suspend.ts';
import { instanceOf, interrupted, isGone, present } from './translate.ts';
import { volumes } from './volumes.ts';

/** A provider over RunPod, with what it always offers. Dispose of it to close its connections to pods; one that nobody uses closes within a minute. */
export interface RunpodProvider extends Provider, AsyncDisposable {
  refusal(spec: LaunchSpec): string | undefined;
  readiness(call?: Call): Promise<string | undefined>;
  readonly logs: Logs;
  readonly dial: (ref: InstanceRef, port: number, call?: Call) => Promise<Connection>;
  readonly suspend: Suspend;
}

/** RunPod as a platform: each instance is a pod. Asks nothing before it is first used. */
export function runpod(options: RunpodOptions): RunpodProvider {
  const { apiKey, name = 'runpod', clouds = ['secure'], clock = systemClock, diskGB = 50, workspaceGB } = options;
  const baseUrl = (options.baseUrl ?? 'https://api.runpod.io').replace(/\/+$/, '');
  const keys = options.secret === undefined ? undefined : keyring(options.secret);
  const redact = redactor([apiKey]);
  const runpodClock = platformClock(clock);
  const send = sender({ apiKey, redact, clock, runpodClock, fetch: options.fetch ?? fetch, answerMs: options.answerMs ?? 60_000 });
  const client = runpodClient({ baseUrl, send, redact });
  const market = spotMarket({ baseUrl, send, redact });
  const list = podList(client, { clock, listForMs: options.listForMs ?? 3_000 });
  const bought = ledger({ clock, lagMs: options.lagMs ?? 30_000 });
  const lent = credentials(client, clock);
  const ends = postMortem(client, clock);
  const bidding = purchases({ client, market, list, ledger: bought, volumes: volumes(client, options.volumeGB ?? 50), credentials: lent, placement: { baseUrl, diskGB, workspaceGB, keys } });

  const instance = async (pod: Pod, signal: AbortSignal | undefined): Promise<Instance> => instanceOf(pod, await ends.of(pod, signal));

  async function look(ref: InstanceRef, signal: AbortSignal | undefined): Promise<Pod | undefined> {
    // A list may not show it yet; that there is none, only RunPod's answer for this one pod says.
    const pod = (await list.recent(signal)).find(({ id }) => id === ref) ?? (await client.getPod(ref, signal));
    return pod && !isGone(pod) ? pod : undefined;
  }

  const ports = dialling({ look, keys, clock });

  return {
    name,
    traits: { idempotency: 'lookup', spot: true, suspendsSpot: false, dialsOnly: true },
    time: runpodClock.now,

    async *offers(query: OfferQuery, call?: Call): AsyncGenerator<Offer> {
      call?.signal?.throwIfAborted();
      yield* await offersOf(query, { client, market, clouds, signal: call?.signal });
    },

    async create(request: CreateRequest, call?: Call): Promise<Instance> {
      call?.signal?.throwIfAborted();
      const refusal = refusalFor(request.spec);
      if (refusal !== undefined) throw new NebError('invalid', refusal);
      const pod = await unlessAborted(bidding.pod(request, call?.signal), call?.signal);
      return await instance(pod, call?.signal);
    },

    async inspect(ref: InstanceRef, call?: Call): Promise<Instance | undefined> {
      call?.signal?.throwIfAborted();
      const pod = await look(ref, call?.signal);
      const seen = pod && (await instance(pod, call?.signal));
      // As with every cloud, what was interrupted is gone; until it is deleted, `list` still shows it to the sweep.
      return seen?.reason === interrupted ? undefined : seen;
    },

    async *list({ fleet }: ListQuery, call?: Call): AsyncGenerator<Instance> {
      call?.signal?.throwIfAborted();
      const pods = await list.fresh(call?.signal);
      // What it leaves is taken back the next time.
      void lent.tidy(fleet, pods).catch(() => undefined);
      for (const pod of pods) if (pod.env[variables.fleet] === fleet && !isGone(pod)) yield await instance(pod, call?.signal);
      for (const id of bought.recent(fleet)) {
        const pod = pods.some((one) => one.id === id) ? undefined : await client.getPod(id, call?.signal);
        if (pod && !isGone(pod)) yield await instance(pod, call?.signal);
      }
    },

    async delete(ref: InstanceRef, _options?: DeleteOptions, call?: Call): Promise<void> {
      call?.signal?.throwIfAborted();
      await client.deletePod(ref, call?.signal);
      bought.forget(ref);
      list.forget();
      ports.forget(ref);
    },

    refusal: refusalFor,

    async readiness(call?: Call): Promise<string | undefined> {
      call?.signal?.throwIfAborted();
      if (apiKey.trim() === '') return 'RUNPOD_API_KEY is not set; the RunPod console makes a key under Settings, API Keys.';
      try {
        await list.recent(call?.signal);
        return undefined;
      } catch (error) {
        // Too many calls are no reason to place nothing here.
        if (!isNebError(error) || error.code === 'rate_limited') return undefined;
        return `${error.message[0]?.toUpperCase() ?? ''}${error.message.slice(1)}.${error.hint ? ` ${error.hint}` : ''}`;
      }
    },

    logs: (ref, query, call) => logs({ client, clock, look }, ref, { ...query, signal: call?.signal }),
    exec: keys && (async (ref, request, call) => {
      call?.signal?.throwIfAborted();
      return await exec(present(await client.getPod(ref, call?.signal), ref), request, { keys, clock, signal: call?.signal });
    }),
    dial: (ref, port, call) => ports.dial(ref, port, call),
    suspend: suspend({ client, list, clock }),

    async [Symbol.asyncDispose]() {
      ports.close();
    },
  };
}
