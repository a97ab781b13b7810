import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { hearServers } from './servers.ts';

test('platforms are as the last of the servers that are there has set them up, and stay so once none is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'neb-servers-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'socket');
  let now = '';
  await using _ = await hearServers({ path, welcome: () => [], onCount: () => undefined, onPlatforms: (setup) => { now = setup; }, onLeft: () => undefined });
  const joining = async (setup: string): Promise<Socket> => {
    const socket = connect(path);
    await once(socket, 'connect');
    socket.write(`${JSON.stringify({ kind: 'platforms', setup })}\n`);
    await vi.waitFor(() => expect(now).toBe(setup));
    return socket;
  };
  const [first, second, third] = [await joining('one'), await joining('two'), await joining('three')];
  second.destroy();
  third.destroy();
  await vi.waitFor(() => expect(now).toBe('one'));
  first.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(now).toBe('one');
});
