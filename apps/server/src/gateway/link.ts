import { mkdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, messageOf, type RouteFeed } from '@neb/core-types';
import type { GatewayGauge } from '@neb/gateway';
import { waitForLock } from '../database/process-lock.ts';
import { lines } from './lines.ts';
import type { FromGateway, GatewayAddress, GatewaySettings, Question, ToGateway } from './messages.ts';
import { startGatewayProcess } from './start-process.ts';

export interface LinkOptions {
  readonly settings: GatewaySettings;
  readonly clock: Clock;
  /** What the gateway is to know, if this server is the one that tells it. */
  readonly feed: RouteFeed;
  /** How this server's platforms are set up, as `setupText` has it. */
  readonly platforms: string;
  readonly answer: (question: Question) => Promise<unknown>;
  readonly onGauges: (gauges: readonly GatewayGauge[]) => void;
  readonly onCounted: () => void;
  readonly onTrouble: (message: string) => void;
}

/** This server's connection to the gateway of its data folder. */
export interface GatewayLink {
  readonly address: GatewayAddress;
  /** Resolves once the connection is over, however it ended. */
  readonly over: Promise<void>;
  /** Takes leave: where no other server uses the gateway it ends, within `drainMs` and a little. */
  leave(drainMs: number): Promise<void>;
}

/** Beyond what is in flight. */
const endMs = 5_000;
const welcomeMs = 10_000;

/**
 * Starts the gateway of a data folder, or finds it running, as after a crash of ours or beside another server. Resolves
 * once it serves; rejects with what is in its way.
 */
export async function joinGateway(options: LinkOptions): Promise<GatewayLink> {
  const { settings } = options;
  await mkdir(settings.folder, { recursive: true, mode: 0o700 });
  return await alone(options, async () => {
    let greeted = await greet(options);
    if (greeted && !isDeepStrictEqual(greeted.settings, settings)) {
      await takeLeave(greeted, endMs);
      // Others may use it as it is: then it stays so.
      greeted = await greet(options);
    }
    if (!greeted) {
      await startGatewayProcess(settings);
      greeted = await greet(options);
    }
    if (!greeted) throw new Error('the gateway ended as it began');
    const { over } = greeted;
    const mine = greeted;
    const address = await greeted.opened;
    return { address, over, leave: (drainMs) => alone(options, () => takeLeave(mine, drainMs)) };
  });
}

/** Ends the gateway that a server left running when it was killed; does nothing where one uses it, or there is none. */
export async function endAbandoned(socketPath: string): Promise<void> {
  const socket = await connected(socketPath);
  if (!socket) return;
  const send = lines<ToGateway, FromGateway>(socket, () => undefined);
  const over = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await takeLeave({ socket, send, over }, 0);
}

/** While nobody else of this data folder starts or ends it. */
async function alone<T>({ settings, clock }: LinkOptions, work: () => Promise<T>): Promise<T> {
  const lock = await waitForLock(join(settings.folder, 'lock'), clock);
  return await work().finally(() => lock[Symbol.asyncDispose]());
}

interface Reached {
  readonly socket: Socket;
  send(message: ToGateway): void;
  readonly over: Promise<void>;
}

interface Greeted extends Reached {
  readonly settings: GatewaySettings;
  readonly opened: Promise<GatewayAddress>;
}

async function takeLeave({ socket, send, over }: Reached, drainMs: number): Promise<void> {
  send({ kind: 'leave', drainMs });
  const late = setTimeout(() => socket.destroy(), drainMs + endMs);
  await over;
  clearTimeout(late);
}

/** `undefined` where none runs. */
async function greet(options: LinkOptions): Promise<Greeted | undefined> {
  const socket = await connected(options.settings.socket);
  if (!socket) return undefined;
  const welcome = Promise.withResolvers<GatewaySettings>();
  const opened = Promise.withResolvers<GatewayAddress>();
  const ended = new AbortController();
  const over = new Promise<void>((resolve) => socket.once('close', () => {
    ended.abort();
    const gone = new Error('the gateway went away');
    welcome.reject(gone);
    opened.reject(gone);
    resolve();
  }));
  opened.promise.catch(() => undefined);
  const send = lines<ToGateway, FromGateway>(socket, (message) => {
    switch (message.kind) {
      case 'welcome': return welcome.resolve(message.settings);
      case 'open': return opened.resolve(message.address);
      case 'failed': return opened.reject(new Error(message.error));
      case 'lead': return void tellRoutes(options, send, ended.signal);
      case 'ask': return void options.answer(message.question).then(
        (value) => send({ kind: 'answer', id: message.id, value }),
        (error: unknown) => send({ kind: 'answer', id: message.id, error: messageOf(error) }),
      );
      case 'gauges': return options.onGauges(message.gauges);
      case 'counted': return options.onCounted();
      case 'trouble': return options.onTrouble(message.error);
    }
  });
  send({ kind: 'platforms', setup: options.platforms });
  const late = setTimeout(() => socket.destroy(), welcomeMs);
  const settings = await welcome.promise.finally(() => clearTimeout(late));
  return { socket, send, over, settings, opened: opened.promise };
}

async function tellRoutes({ feed, onTrouble }: LinkOptions, send: (message: ToGateway) => void, signal: AbortSignal): Promise<void> {
  try {
    for await (const change of feed.watch({ signal })) send({ kind: 'change', change });
  } catch (error) {
    if (!signal.aborted) onTrouble(`routes cannot be told: ${messageOf(error)}`);
  }
}

async function connected(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  const isThere = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.on('error', () => socket.destroy());
  return isThere ? socket : undefined;
}
