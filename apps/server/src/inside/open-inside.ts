import { join } from 'node:path';
import { bell, type Caller, type Clock, type FactFeed, type Provider, type Random, type Route } from '@neb/core-types';
import { type Dial, doorAdmission, factJournal, type FactJournal, factReader, meterObserver, routeLimits } from '@neb/gateway';
import { routeFeed, type SecretReader, type Store } from '@neb/scheduler';
import type { Config } from '../config.ts';
import { socketFolder } from '../database/cluster-folder.ts';
import { dialAt } from '../gateway/far/dial-at.ts';
import { routeSecret } from '../gateway/route-secret.ts';
import { dialsIn } from '../gateway/settings.ts';
import { type InsideDoors, insideDoors } from './inside-doors.ts';

export interface OpenInsideOptions {
  readonly config: Pick<Config, 'gateway' | 'dataDir' | 'shutdownMs'>;
  readonly store: Store;
  readonly fleet: string;
  readonly providers: readonly Provider[];
  readonly authenticate: (token: string) => Promise<Caller | undefined>;
  readonly secrets: Pick<SecretReader, 'open'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly warn: (message: string, error?: unknown) => void;
}

/** The doors of this server within namespaces' networks. */
export interface Inside extends InsideDoors {
  /** What passed them and is counted. */
  readonly facts: FactFeed;
}

/** Opens doors within namespaces' networks. Whoever comes through one is of the namespace, and needs no token where a route has no rules. */
export function openInside({ config, store, fleet, providers, authenticate, secrets, clock, random, warn }: OpenInsideOptions): Inside {
  const { host, port, zone } = config.gateway;
  // Whoever listens at every address has these ports here already.
  const isEverywhere = host === '0.0.0.0' || host === '::';
  // Of its own: a journal has one writer.
  const folder = join(config.dataDir, 'facts-inside');
  const counted = bell(clock);
  let journal: Promise<FactJournal> | undefined;
  let dialling: Promise<Dial> | undefined;
  let sockets = 0;
  const doors = insideDoors({
    feed: routeFeed(store, { clock, random, providers }), providers, fleet, clock, random, zone, warn,
    ports: [80, ...(isEverywhere || port === 0 ? [] : [port])], hasOwnPorts: !isEverywhere, drainMs: config.shutdownMs / 2,
    admission: doorAdmission({ clock, limits: routeLimits(clock), authenticate, secretOf: routeSecret(secrets), unnamed }),
    observer: meterObserver({ clock, tell: (facts) => void opened().then(({ tell }) => tell(facts), (error: unknown) => warn('what passes within namespaces cannot be counted', error)) }),
    socket: async () => join(await socketFolder(join(config.dataDir, 'inside'), undefined), `${process.pid}-${(sockets += 1)}`),
    dial: async (...call) => await (await (dialling ??= dialsIn(config).then(dialAt)))(...call),
    waker: { wake: async (id) => void (await store.commit([{ do: 'wake', kind: 'Service', id }])) },
  });
  return {
    look: doors.look,
    facts: { ...factReader(folder), news: async (signal) => void (await counted.wait(Infinity, signal)) },
    async [Symbol.asyncDispose]() {
      await doors[Symbol.asyncDispose]();
      await (await journal?.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
  };

  function opened(): Promise<FactJournal> {
    journal ??= factJournal({ folder, clock, warn, onKept: counted.ring }).catch((error: unknown) => {
      journal = undefined;
      throw error;
    });
    return journal;
  }
}

const unnamed = ({ namespace }: Route) => ({ id: `namespace:${namespace}`, by: 'network', organisations: [] }) as const;
