import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enginePath } from './real-engine.ts';

/** The real engine behind a socket that can fail as engines and links do. */
export interface FaultyEngine {
  readonly socketPath: string;
  /** Breaks every connection there is, as a killed engine does. */
  cut(): void;
  /** Refuses new connections until `heal`. */
  refuse(): void;
  /** Passes nothing on until `heal`, as a stopped process does. */
  hang(): void;
  heal(): void;
  /** How many requests it has passed on, by method and path without its query. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export async function faultyEngine(): Promise<FaultyEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-engine-'));
  const socketPath = join(folder, 'docker.sock');
  const open = new Set<Socket>();
  const requests: string[] = [];
  let state: 'well' | 'refusing' | 'hanging' = 'well';

  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (state === 'refusing') return void near.destroy();
    const far = connect({ path: enginePath, allowHalfOpen: true });
    for (const [from, to] of [[near, far], [far, near]] as const) {
      open.add(from);
      from.on('data', (chunk: Buffer) => {
        if (from === near) requests.push(...[...chunk.toString('latin1').matchAll(/^(GET|POST|PUT|DELETE) ([^ ?]+)/gm)].map((found) => `${found[1]} ${found[2]}`));
        to.write(chunk);
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroySoon();
      });
    }
    if (state === 'hanging') pause(true);
  });
  const pause = (paused: boolean): void => open.forEach((socket) => (paused ? socket.pause() : socket.resume()));
  const cut = (): void => open.forEach((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));

  return {
    socketPath, cut, requests,
    refuse: () => { state = 'refusing'; },
    hang() {
      state = 'hanging';
      pause(true);
    },
    heal() {
      state = 'well';
      pause(false);
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}
