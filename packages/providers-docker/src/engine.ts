import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Clock, NebError } from '@neb/core-types';
import { type EngineClient, engineClient } from './connection/client.ts';
import type { Transport } from './connection/transport.ts';
import { type Gpus, gpus } from './gpus.ts';
import { type Hints, hints } from './hints.ts';
import { hostFacts, type HostFactsSource } from './host-facts.ts';
import { type Launches, launches } from './launch/launches.ts';
import { pulls } from './launch/pull.ts';
import { slots } from './launch/slots.ts';
import { type Inside, insideNetworks } from './networks/inside.ts';
import { type EngineNetworks, engineNetworks } from './networks/networks.ts';
import { isInMemory, type SecretFiles, secretFiles } from './secret-files.ts';
import { poolSize } from './networks/subnets.ts';
import type { EngineOptions } from './options.ts';
import { type Stops, stops } from './stops.ts';
import { detection } from './suspend/detect.ts';
import { dockerDriver } from './suspend/docker.ts';
import { type EngineSuspend, engineSuspend } from './suspend/engine-suspend.ts';
import { podmanDriver } from './suspend/podman.ts';
import { shelf } from './suspend/shelf.ts';
import { type Ways, ways } from './ways.ts';

/** One Docker Engine with all that this process knows and does about it. A provider is made of one or several. */
export interface Engine {
  /** What it is called in refs and offers. */
  readonly host: string;
  readonly client: EngineClient;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly hints: Hints;
  readonly facts: HostFactsSource;
  readonly gpus: Gpus;
  readonly networks: EngineNetworks;
  /** Absent where the engine is elsewhere. */
  readonly inside?: Inside | undefined;
  readonly launches: Launches;
  readonly stops: Stops;
  readonly ways: Ways;
  readonly allowHostPaths: boolean;
  /** Absent where the engine does not share this machine's memory. */
  readonly secretFiles?: SecretFiles | undefined;
  readonly suspend: EngineSuspend;
  /**
   * Ends launches under way at their next step, waits for stops under way, removes networks left empty, closes
   * connections. What is being saved goes on at its repetition. Waits 15 seconds at most: an engine goes on with a stop by itself, and deleting again finishes it.
   */
  close(): Promise<void>;
}

/** A container and the engine it is on. */
export interface Located {
  readonly engine: Engine;
  readonly name: string;
}

const closeMs = 15_000;
const defaultPool = { cidr: '10.208.0.0/12', prefix: 24 };

/** One for each user of this machine, since only its owner can use it. */
const ownFolder = (): string => `/dev/shm/neb-${process.getuid?.() ?? 0}`;
const ownSnapshots = (): string => join(homedir(), '.local/state/neb/snapshots');

/** Throws `invalid` for options that cannot work. Connects when first used. */
export function engine(host: string, transport: Transport, options: EngineOptions & { readonly clock: Clock }): Engine {
  const { clock, publishAddress = '127.0.0.1', allowHostPaths = false, subnetPool = defaultPool, secretsFolder = ownFolder(), snapshotsFolder = ownSnapshots(), pidsLimit = 4_096 } = options;
  if (!/^[a-z0-9][a-z0-9.-]*$/i.test(host)) throw new NebError('invalid', `"${host}" cannot name a host: use letters, digits, "-" and "."`);
  poolSize(subnetPool);

  const client = engineClient(transport);
  const changes = hints();
  const facts = hostFacts(client, options.accelerators ?? [], clock);
  const held = gpus(client, facts);
  const inside = transport.sharesFiles || transport.listen ? insideNetworks({ client, host, transport, clock }) : undefined;
  const networks = engineNetworks({ client, transport, pool: subnetPool, lingerMs: options.networkLingerMs ?? 30_000, clock, changed: inside?.changed });
  const files = transport.sharesFiles && isInMemory(secretsFolder) ? secretFiles({ root: secretsFolder, at: transport.at, clock }) : undefined;
  const { sharesFiles } = transport;
  const detected = detection(client, { sharesFiles, clock, accelerators: options.accelerators ?? [] });
  const world = {
    client, secretFiles: files, networks, inside, publishAddress, pidsLimit, clock,
    gpus: held, pulls: pulls(client), slots: slots(options.maxConcurrentLaunches ?? 4),
  };
  const launching = launches({ ...world, host, changed: changes.tell });

  const snapshots = shelf(join(snapshotsFolder, createHash('sha256').update(transport.at).digest('hex').slice(0, 12)));
  const aside = { ...world, shelf: snapshots, sharesFiles };
  const drivers = { docker: dockerDriver(aside), podman: podmanDriver(aside) };
  const suspend = engineSuspend({
    host, at: transport.at, detection: detected, drivers, shelf: snapshots, client, launches: launching, clock, sharesFiles, changed: changes.tell,
  });

  const known = ways({ client, host, clock });
  const removed = async (name: string): Promise<void> => {
    // Its address may soon be another's.
    known.forget(name);
    await files?.remove(name);
    await suspend.gone(name);
  };
  const stopping = stops({ client, clock, gone: networks.release, removed });

  return {
    host, client, transport, clock, facts, networks, inside, allowHostPaths,
    secretFiles: files,
    suspend,
    hints: changes,
    ways: known,
    gpus: held,
    launches: launching,
    stops: stopping,
    async close() {
      const patience = new AbortController();
      const tidied = launching.close().then(suspend.settled).then(stopping.settled).then(networks.close);
      await Promise.race([tidied, clock.sleep(closeMs, patience.signal)]);
      patience.abort();
      client.close();
      await transport.close();
    },
  };
}
