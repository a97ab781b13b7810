// Runs a container, reads its log, answers a command in it, and removes it: node main.ts [IMAGE]
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { createNeb, isNebError, type Neb } from '@neb/sdk';

const [image = 'busybox:latest'] = process.argv.slice(2);
const name = `sdk-node-${process.pid}`;

try {
  await tour(createNeb({ url: process.env.NEB_SERVER ?? 'http://127.0.0.1:3000', token: await localToken() }));
} catch (error) {
  if (!isNebError(error)) throw error;
  // Every error of the SDK has a code for programs, a sentence for people, and often what to do next.
  console.error(`${error.code}: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`);
  process.exitCode = 1;
}

async function tour(neb: Neb): Promise<void> {
  const made = await neb.containers.apply({
    metadata: { name, labels: { example: 'sdk-node' } },
    image,
    command: 'echo "hello from $GREETER"; trap "exit 0" TERM; sleep 3600 & wait',
    env: { GREETER: 'the SDK' },
  });
  console.log(`made container ${made.metadata.namespace}/${made.metadata.name}`);

  try {
    // Rides on a watch; a container that cannot start rejects with the reason.
    await neb.containers.wait({ name }, {
      failOnStalled: true,
      timeoutMs: 120_000,
      onChange: ({ status }) => console.log(`  ${status.status}${status.progress ? ` (${status.progress.phase})` : ''}`),
    });

    // Each line once, even if the server restarts meanwhile.
    for await (const { text } of neb.containers.logs({ name }, { follow: true })) {
      console.log(`log: ${text}`);
      break;
    }

    const { exitCode, stdout } = await neb.containers.run({ name }, ['sh', '-c', 'tr a-z A-Z; exit 7'], { stdin: 'spoken into the container' });
    console.log(`command: "${stdout.trim()}", exit code ${exitCode}`);
  } finally {
    await neb.containers.delete({ name });
    await neb.containers.wait({ name }, { for: 'deleted', timeoutMs: 60_000 });
    console.log('deleted');
  }
}

/** `neb up` keeps the token of the local server in a file that only its owner can read. */
async function localToken(): Promise<string> {
  return process.env.NEB_TOKEN ?? (await readFile(`${homedir()}/.neb/token`, 'utf8')).trim();
}
