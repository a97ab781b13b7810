import { launchRaw, rawNetwork, removeRaw, stays } from './engine.ts';
import { followRunning } from './running.ts';
import { startServer } from './server.ts';
import { type Figure, median, spread } from './statistics.ts';

const image = 'neb/bench:latest';
const namespace = 'bench';

/** (a) create → running of one container, ours and the bare engine's in turn. */
export async function launchOne(rounds = 25): Promise<readonly Figure[]> {
  await using server = await startServer();
  const network = await rawNetwork();
  const follow = followRunning(server.neb, namespace);
  const ours: number[] = [];
  const floor: number[] = [];
  const launch = async (name: string): Promise<number> => {
    const start = performance.now();
    await server.neb.containers.create({ metadata: { name, namespace }, image, command: stays, platform: 'docker' });
    return (await follow.running(name)) - start;
  };
  // The first of each makes the network and warms both sides; it stays, so that the network does.
  await launch('warm');
  const warm = await launchRaw(image, network.id);
  for (let n = 0; n < rounds; n++) {
    const name = `one-${n}`;
    ours.push(await launch(name));
    await server.neb.containers.delete({ namespace, name });
    await server.neb.containers.wait({ namespace, name }, { for: 'deleted' });
    const start = performance.now();
    const id = await launchRaw(image, network.id);
    floor.push(performance.now() - start);
    await removeRaw(id);
  }
  await removeRaw(warm);
  await network.remove();
  await removeAll(server.neb, ['warm']);
  await follow.stop();
  const ratio = median(ours) / median(floor);
  return [{ what: `create → running, one at a time, ${rounds} each`, ours: `${spread(ours)} = ${ratio.toFixed(2)} × floor`, floor: spread(floor), target: '≤ 1.25 × floor', met: ratio <= 1.25 }];
}

/** (b) a hundred containers, eight at a time. */
export async function launchMany(count = 100, concurrency = 8, rounds = 3): Promise<readonly Figure[]> {
  await using server = await startServer();
  const network = await rawNetwork();
  const follow = followRunning(server.neb, namespace);
  const names = (round: number): string[] => Array.from({ length: count }, (_, n) => `many-${round}-${n}`);
  const ours: number[] = [];
  const floor: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const batch = names(round);
    ours.push(
      await rate(batch, concurrency, async (name) => {
        await server.neb.containers.create({ metadata: { name, namespace }, image, command: stays, platform: 'docker' });
        await follow.running(name);
      }),
    );
    await removeAll(server.neb, batch);
    const ids: string[] = [];
    floor.push(await rate(batch, concurrency, async () => void ids.push(await launchRaw(image, network.id))));
    await rate(ids, 4, async (id) => void (await removeRaw(id)));
  }
  await network.remove();
  await follow.stop();
  const ratio = median(ours) / median(floor);
  return [{ what: `${count} containers, ${concurrency} at a time, median of ${rounds}`, ours: `${median(ours).toFixed(1)}/s = ${ratio.toFixed(2)} × floor`, floor: `${median(floor).toFixed(1)}/s`, target: '≥ 0.85 × floor', met: ratio >= 0.85 }];
}

type Client = Awaited<ReturnType<typeof startServer>>['neb'];

async function removeAll(neb: Client, names: readonly string[]): Promise<void> {
  await rate(names, 4, async (name) => {
    await neb.containers.delete({ namespace, name });
    await neb.containers.wait({ namespace, name }, { for: 'deleted' });
  });
}

/** Items a second, with `width` in flight. */
async function rate<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<number> {
  const start = performance.now();
  const queue = [...items];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    }),
  );
  return items.length / ((performance.now() - start) / 1_000);
}
