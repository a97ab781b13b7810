// Runs one container to its end with @neb/providers-docker alone: node run.ts IMAGE ['shell command']
import { docker, type DockerProvider } from '@neb/providers-docker';

const [image, script = 'echo hello from $(hostname)'] = process.argv.slice(2);
if (image === undefined) {
  console.error("usage: node run.ts IMAGE ['shell command']");
  process.exit(2);
}

// Disposing of the provider at the end of the block leaves nothing behind at the engine.
async function run(image: string, script: string): Promise<number> {
  await using provider = docker();

  const missing = await provider.readiness?.();
  if (missing !== undefined) throw new Error(missing);

  const offer = await firstOffer(provider);
  const { ref } = await provider.create({
    key: `run-${process.pid}`, // Created again with the same key, it would be the same container.
    fleet: 'embed-example',
    offer,
    spec: {
      image,
      entrypoint: ['sh', '-c', script],
      env: {}, ports: [], volumes: [], limits: { memoryBytes: 512 * 2 ** 20 },
      network: { namespace: 'default', hostnames: ['hello'] },
      labels: {},
    },
  });

  try {
    for await (const { stream, text } of provider.logs!(ref, { follow: true })) {
      (stream === 'stderr' ? process.stderr : process.stdout).write(`${text}\n`);
    }
    const ended = await provider.inspect(ref);
    if (ended?.failure) throw new Error(ended.failure.message);
    return ended?.exitCode ?? 1;
  } finally {
    await provider.delete(ref);
  }
}

async function firstOffer(provider: DockerProvider) {
  for await (const offer of provider.offers({})) return offer;
  throw new Error('the engine offers nothing');
}

try {
  process.exitCode = await run(image, script);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
