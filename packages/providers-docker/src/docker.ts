import {
  type Call, type CreateRequest, type DeleteOptions, type Instance, type InstanceRef, type LaunchSpec, type ListQuery, type Offer,
  type OfferQuery, NebError, type Provider, systemClock,
} from '@neb/core-types';
import { transportFor, unixTransport } from './connection/local.ts';
import { sshTransport } from './connection/ssh.ts';
import { containersLabelled, containersOf, findContainer } from './containers.ts';
import { dial } from './dial.ts';
import { type Engine, engine, type Located } from './engine.ts';
import { exec } from './exec/exec.ts';
import { readFiles, writeFiles } from './files.ts';
import { logs } from './logs/logs.ts';
import { noSharedMemory, startAgain } from './launch/start.ts';
import { labels, placeOf } from './names.ts';
import { offersOf } from './offers.ts';
import type { DockerOptions, PodmanOptions, SshOptions } from './options.ts';
import { readinessOf } from './readiness.ts';
import { refusalFor } from './refusal.ts';
import { lacksOf, suspendOf } from './suspend/suspend.ts';
import { nameIn, runningInstanceOf } from './translate.ts';
import { usage } from './usage.ts';
import { watch } from './watch.ts';

/** A provider over Docker Engines. Dispose of it to end what it does in the background and close its connections, within 15 seconds. */
export interface DockerProvider extends Provider, AsyncDisposable {
  /** Starts a container that has ended again, on the files it left: its command begins anew. Leaves alone one that runs. Throws `not_found`. */
  startAgain(ref: InstanceRef, call?: Call): Promise<void>;
}

/** The Docker Engine of this machine, or another one, as a platform. Connects when first used. */
export function docker(options: DockerOptions = {}): DockerProvider {
  const { name = 'docker', socketPath = '/var/run/docker.sock', host, tls, clock = systemClock } = options;
  const transport = options.ssh ? sshTransport(options.ssh) : host === undefined ? unixTransport(socketPath) : transportFor(host, tls);
  return engineProvider(name, [engine(options.ssh?.host ?? 'local', transport, { ...options, clock })]);
}

/** The Podmans of this machine, as one platform with an offer and a region each. Connects when first used. */
export function podman({ name = 'podman', hosts = [{}], clock = systemClock }: PodmanOptions = {}): DockerProvider {
  return engineProvider(name, hosts.map((host) => engine(host.name ?? 'local', unixTransport(host.socketPath ?? '/run/podman/podman.sock'), { ...host, clock })));
}

/** The Docker Engines of hosts reached over SSH, as one platform with an offer and a region each. Connects when first used. */
export function ssh({ name = 'ssh', hosts, clock = systemClock }: SshOptions): DockerProvider {
  return engineProvider(name, hosts.map((host) => engine(host.name ?? host.host, sshTransport(host), { ...host, clock })));
}

/** How long `create` waits for a start that is under way, so that it can already tell of an instance that runs. */
const startMs = 1_000;
const graceMs = 10_000;

function engineProvider(name: string, engines: readonly Engine[]): DockerProvider {
  const byHost = new Map(engines.map((one) => [one.host, one]));
  if (byHost.size < engines.length) throw new NebError('invalid', `two hosts of platform ${name} have the same name`);

  function engineAt(host: string): Engine {
    const found = byHost.get(host);
    if (found) return found;
    throw new NebError('unavailable', `platform ${name} has no host "${host}"`, { hint: `It has: ${[...byHost.keys()].join(', ') || 'none'}.` });
  }

  function locate(ref: InstanceRef): Located {
    const place = placeOf(ref);
    return { engine: engineAt(place.host), name: place.name };
  }

  async function inspect(ref: InstanceRef, call?: Call): Promise<Instance | undefined> {
    call?.signal?.throwIfAborted();
    const at = locate(ref);
    return at.engine.launches.get(at.name)?.instance() ?? (await seenAt(at.engine, at.name, call));
  }

  return {
    name,
    traits: {
      idempotency: 'native', spot: false, secretFiles: engines.some((one) => one.secretFiles !== undefined),
      dialsOnly: engines.some(({ transport }) => !transport.sharesFiles),
    },

    async *offers(query: OfferQuery, call?: Call): AsyncGenerator<Offer> {
      const asked = await Promise.allSettled(engines.map((one) => offersOf(one, query, call)));
      call?.signal?.throwIfAborted();
      const told = asked.filter((answer) => answer.status === 'fulfilled');
      const [failed] = asked.filter((answer) => answer.status === 'rejected');
      if (told.length === 0 && failed) throw failed.reason as Error;
      for (const { value } of told) yield* value;
    },

    async create(request: CreateRequest, call?: Call): Promise<Instance> {
      call?.signal?.throwIfAborted();
      const at = engineAt(request.offer.region);
      if (request.spec.secretFiles?.length && !at.secretFiles) throw noSharedMemory(at.client.at);
      const refusal = refusalFor(request.spec, at.allowHostPaths);
      if (refusal !== undefined) throw new NebError('invalid', refusal);
      const launch = at.launches.begin(request);
      const patience = new AbortController();
      await Promise.race([launch.settled, launch.delayed, at.clock.sleep(startMs, patience.signal)]);
      patience.abort();
      call?.signal?.throwIfAborted();
      const { ref } = launch.instance();
      // Over so soon: it runs, or has run since an earlier create, and the engine knows the rest.
      return (at.launches.get(launch.name) ? undefined : await inspect(ref, call)) ?? launch.instance();
    },

    inspect,

    async *list({ fleet }: ListQuery, call?: Call): AsyncGenerator<Instance> {
      const failures: unknown[] = [];
      for (const one of engines) {
        try {
          yield* listed(one, fleet, call);
        } catch (error) {
          call?.signal?.throwIfAborted();
          failures.push(error); // The other hosts first.
        }
      }
      if (failures.length > 0) throw failures[0] as Error;
    },

    async delete(ref: InstanceRef, options: DeleteOptions = {}, call?: Call): Promise<void> {
      call?.signal?.throwIfAborted();
      const at = locate(ref);
      const grace = options.graceMs ?? graceMs;
      at.engine.launches.forget(at.name);
      const launch = at.engine.launches.get(at.name);
      if (!launch) return await at.engine.stops.begin(at.name, grace, call?.signal);
      launch.cancel();
      at.engine.stops.beginAfter(launch.settled, at.name, grace);
    },

    async startAgain(ref: InstanceRef, call?: Call): Promise<void> {
      call?.signal?.throwIfAborted();
      const { engine: { client, networks }, name } = locate(ref);
      await startAgain({ client, networks }, name, call?.signal);
    },

    refusal: (spec: LaunchSpec) => {
      const refusals = engines.map((one) => refusalFor(spec, one.allowHostPaths));
      return refusals.every((refusal) => refusal !== undefined) ? refusals[0] : undefined;
    },
    lacks: (call?: Call) => lacksOf(engines, call?.signal),
    readiness: (call?: Call) => readinessOf(name, engines, call),
    get suspend() {
      return suspendOf({ engines, engineAt });
    },

    watch: (query, call) => watch(engines, query, call?.signal),
    logs: (ref, options, call) => logs(locate(ref), options, call?.signal),
    exec: (ref, request, call) => exec(locate(ref), request, call?.signal),
    dial: (ref, port, call) => dial(locate(ref), port, call?.signal),
    files: {
      read: (ref, from, call) => readFiles(locate(ref), from, call?.signal),
      write: (...[ref, into, tar, call]) => writeFiles(locate(ref), into, { tar, signal: call?.signal }),
    },
    usage: (ref, call) => usage(locate(ref), call?.signal),
    networks: {
      async remove(scope, call) {
        await Promise.all(engines.map((one) => one.networks.remove(scope, call?.signal)));
      },
      // Several Podmans of one machine have networks that may have the same addresses on it.
      inside: engines.flatMap(({ inside, transport }) => (inside && (engines.length === 1 || transport.listen) ? [inside] : [])),
    },

    async [Symbol.asyncDispose]() {
      await Promise.all(engines.map((one) => one.close()));
    },
  };
}

async function* listed(at: Engine, fleet: string, call?: Call): AsyncGenerator<Instance> {
  const { launches, host } = at;
  const launching = new Set(launches.of(fleet).map((launch) => launch.name));
  // What it leaves is swept the next time.
  void at.secretFiles?.sweep(async () => (await containersLabelled(at.client, [labels.fleet])).map(nameIn)).catch(() => undefined);
  for (const summary of await containersOf(at.client, fleet, call?.signal)) {
    const name = nameIn(summary);
    launching.delete(name);
    const found = launches.get(name)?.instance() ?? runningInstanceOf(host, summary) ?? (await seenAt(at, name, call));
    if (found) yield found;
  }
  for (const name of launching) {
    // One that was still without a container a moment ago may have one by now.
    const found = launches.get(name)?.instance() ?? (await seenAt(at, name, call));
    if (found) yield found;
  }
}

async function seenAt({ client, suspend }: Engine, name: string, call?: Call): Promise<Instance | undefined> {
  const seen = await findContainer(client, name, call?.signal);
  return seen && (await suspend.shown(seen, call?.signal));
}
