import { createServer, type Socket } from 'node:net';
import { EventEmitter, on } from 'node:events';
import { rm } from 'node:fs/promises';
import type { RouteChange, RouteFeed } from '@neb/core-types';
import { lines } from './lines.ts';
import type { FromGateway, Question, ToGateway } from './messages.ts';

/** The servers that a gateway works for, as its first process sees them. */
export interface Servers extends AsyncDisposable {
  /** The routes as one of them tells them; while none is there it tells nothing. */
  readonly feed: RouteFeed;
  /** Rejects where none is there, or goes before it has answered. */
  ask(question: Question): Promise<unknown>;
  /** To all of them. */
  tell(message: FromGateway): void;
}

export interface ServersOptions {
  readonly path: string;
  /** What each is told first. */
  readonly welcome: () => readonly FromGateway[];
  /** Somebody came or went: so many are there now. */
  readonly onCount: (count: number) => void;
  /** As the last of those that are there has set them up; where none is, they stay so. */
  readonly onPlatforms: (setup: string) => void;
  /** The last one left in order. */
  readonly onLeft: (drainMs: number) => void;
}

interface Server {
  readonly socket: Socket;
  readonly changes: EventEmitter;
  readonly asked: Map<number, PromiseWithResolvers<unknown>>;
  platforms?: string;
  send(message: FromGateway): void;
}

/** Listens at a unix socket, in the place of whoever listened there before. */
export async function hearServers({ path, welcome, onCount, onPlatforms, onLeft }: ServersOptions): Promise<Servers> {
  const all = new Set<Server>();
  const arrivals = new EventEmitter();
  let questions = 0;
  const first = (): Server | undefined => all.values().next().value;

  const tellPlatforms = (): void => {
    const last = [...all].findLast(({ platforms }) => platforms !== undefined)?.platforms;
    if (last !== undefined) onPlatforms(last);
  };
  const hear = (server: Server, message: ToGateway): void => {
    switch (message.kind) {
      case 'platforms':
        server.platforms = message.setup;
        return tellPlatforms();
      case 'change': return void server.changes.emit('change', message.change);
      case 'answer': {
        const question = server.asked.get(message.id);
        server.asked.delete(message.id);
        if (message.error === undefined) question?.resolve(message.value);
        else question?.reject(new Error(message.error));
        return;
      }
      case 'leave':
        if (all.size === 1) return onLeft(message.drainMs);
        server.socket.end();
    }
  };
  const listener = createServer((socket) => {
    const send = lines<FromGateway, ToGateway>(socket, (message) => hear(server, message));
    const server: Server = { socket, changes: new EventEmitter(), asked: new Map(), send };
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      all.delete(server);
      server.changes.emit('over');
      for (const question of server.asked.values()) question.reject(new Error('The server went before it answered.'));
      tellPlatforms();
      onCount(all.size);
    });
    all.add(server);
    for (const message of welcome()) send(message);
    onCount(all.size);
    arrivals.emit('server');
  });
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(path, resolve);
  });

  return {
    feed: {
      async *watch({ signal } = {}) {
        while (!first()) {
          if (signal?.aborted) return;
          await new Promise<void>((resolve) => {
            arrivals.once('server', resolve);
            signal?.addEventListener('abort', () => resolve(), { once: true });
          });
        }
        const leader = first()!;
        const changes = on(leader.changes, 'change', { signal, close: ['over'] }) as AsyncIterable<[RouteChange]>;
        leader.send({ kind: 'lead' });
        for await (const [change] of changes) yield change;
      },
    },
    ask(question) {
      const server = first();
      if (!server) return Promise.reject(new Error('No server is there.'));
      const id = questions++;
      const asked = Promise.withResolvers<unknown>();
      server.asked.set(id, asked);
      server.send({ kind: 'ask', id, question });
      return asked.promise;
    },
    tell(message) {
      for (const { send } of all) send(message);
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => listener.close(resolve));
      for (const { socket } of all) socket.end();
      await closed;
    },
  };
}
