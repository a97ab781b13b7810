// Runs a command once on EC2 with @neb/providers-aws alone: node run.ts [--offers] [--spot] ACCELERATOR [IMAGE 'shell command']
import { aws, type AwsProvider } from '@neb/providers-aws';

const flags = ['--offers', '--spot'];
const [accelerator, image, script = 'nvidia-smi'] = process.argv.slice(2).filter((word) => !flags.includes(word));
const spot = process.argv.includes('--spot');
if (accelerator === undefined || (image === undefined) !== process.argv.includes('--offers')) {
  console.error("usage: node run.ts [--spot] --offers ACCELERATOR | [--spot] ACCELERATOR IMAGE ['shell command']");
  process.exit(2);
}

/** Everything EC2 sells of the accelerator now, cheapest first. */
async function offers(provider: AwsProvider) {
  const missing = await provider.readiness();
  if (missing !== undefined) throw new Error(missing);
  return await Array.fromAsync(provider.offers({ accelerators: [{ name: accelerator!, count: 1 }], spot }));
}

async function create(provider: AwsProvider, image: string) {
  for (const offer of await offers(provider)) {
    try {
      return await provider.create({
        key: `run-${process.pid}`, // Created again with the same key, it would be the same machine.
        fleet: 'embed-example',
        offer,
        spec: {
          image, entrypoint: ['sh', '-c', script],
          env: {}, ports: [], volumes: [], limits: {}, accelerator: { name: offer.accelerator!.name, count: 1 }, labels: {},
          network: { namespace: 'default', hostnames: [] },
        },
      });
    } catch (error) {
      // An offer is no reservation: on to the next.
      if ((error as { code?: string }).code !== 'no_capacity') throw error;
    }
  }
  throw new Error(`EC2 has no ${accelerator} free`);
}

async function run(provider: AwsProvider, image: string): Promise<number> {
  const { ref } = await create(provider, image);
  try {
    for (;;) {
      const seen = await provider.inspect(ref);
      if (seen?.failure) throw new Error(seen.failure.message);
      if (seen === undefined) throw new Error('the machine is gone');
      if (seen.state === 'running' || seen.state === 'exited') break;
      await new Promise((resolve) => setTimeout(resolve, 3_000));
    }
    for await (const { text } of provider.logs(ref, { follow: true })) console.log(text);
    return (await provider.inspect(ref))?.exitCode ?? 1;
  } finally {
    await provider.delete(ref);
  }
}

try {
  // Machines are reached with keys that are derived from it: keep it while there are any.
  const secret = process.env['NEB_SSH_SECRET'] ?? '';
  // Disposing of the provider waits until the machine was asked to go.
  await using provider = aws({ regions: [process.env['AWS_REGION'] ?? 'us-east-1'], secret, endpoint: process.env['AWS_ENDPOINT_URL'] });
  if (image === undefined) for (const { id, pricePerHour } of await offers(provider)) console.log(`$${pricePerHour}/h  ${id}`);
  else process.exitCode = await run(provider, image);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
