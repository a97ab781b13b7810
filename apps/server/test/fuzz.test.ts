import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type RunningServer } from '../src/compose.ts';
import { type DataFolder, dataFolder } from './data-folder.ts';
import { fuzz } from './fuzz.ts';

const token = 'right-right-right-right';
let folder: DataFolder;
let server: RunningServer;
beforeAll(async () => {
  folder = await dataFolder();
  server = await startServer(folder.config({ NEB_DATABASE: 'pglite', NEB_TOKEN: token }));
});
afterAll(async () => {
  await server.close();
  await folder.remove();
});

test('hostile requests by the thousand find no fault, and the server still answers', async () => {
  const seed = Number(process.env['NEB_TEST_SEED'] ?? 20_261_125);
  const { faults } = await fuzz({ url: server.url, tokens: [token], seed, count: Number(process.env['NEB_TEST_REQUESTS'] ?? 1_000) });
  expect(faults.slice(0, 20), `seed ${seed}`).toEqual([]);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
}, 300_000);
