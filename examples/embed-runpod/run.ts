// Runs a command once on RunPod with @neb/providers-runpod alone: node run.ts [--offers] ACCELERATOR [IMAGE 'shell command']
import { runpod, type RunpodProvider } from '@neb/providers-runpod';

const words = process.argv.slice(2).filter((word) => word !== '--offers');
const [accelerator, image, script] = words;
if (accelerator === undefined || (image === undefined) !== process.argv.includes('--offers')) {
  console.error("usage: node run.ts --offers ACCELERATOR | ACCELERATOR IMAGE ['shell command']");
  process.exit(2);
}

const provider = runpod({ apiKey: process.env['RUNPOD_API_KEY'] ?? '', baseUrl: process.env['RUNPOD_API_URL'] });

/** Everything RunPod sells of the accelerator now, cheapest first. */
async function offers() {
  const missing = await provider.readiness();
  if (missing !== undefined) throw new Error(missing);
  return await Array.fromAsync(provider.offers({ spot: false, accelerators: [{ name: accelerator!, count: 1 }] }));
}

async function create(image: string, script: string) {
  for (const offer of (await offers()).filter(({ available }) => available !== 'no')) {
    try {
      return await provider.create({
        key: `run-${process.pid}`, // Created again with the same key, it would be the same pod.
        fleet: 'embed-example',
        offer,
        spec: {
          image, entrypoint: ['sh', '-c', script],
          env: {}, ports: [], volumes: [], limits: {}, labels: {},
          network: { namespace: 'default', hostnames: [] },
        },
      });
    } catch (error) {
      // An offer is no reservation: on to the next.
      if ((error as { code?: string }).code !== 'no_capacity') throw error;
    }
  }
  throw new Error(`RunPod has no ${accelerator} free`);
}

async function run(provider: RunpodProvider, image: string, script: string): Promise<number> {
  const { ref } = await create(image, script);
  try {
    for await (const { text } of provider.logs(ref, { follow: true })) console.log(text);
    for (;;) {
      const seen = await provider.inspect(ref);
      if (seen?.failure) throw new Error(seen.failure.message);
      if (seen?.state !== 'running' && seen?.state !== 'pending' && seen?.state !== 'unknown') return seen?.exitCode ?? 1;
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
  } finally {
    await provider.delete(ref);
  }
}

try {
  if (image === undefined) for (const { id, pricePerHour, available } of await offers()) console.log(`$${pricePerHour}/h  ${available}  ${id}`);
  else process.exitCode = await run(provider, image, script ?? 'nvidia-smi');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
