import { systemClock } from '@neb/core-types';
import { environment } from './config.ts';
import type { World } from './world.ts';

const interrupt = new AbortController();
process.on('SIGINT', () => {
  // The first asks the verb to end, which may take a moment; the second does not.
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort(new Error('interrupted'));
});
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Who reads us has read enough, as `head` has.
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

const world: World = {
  env: environment(),
  folder: process.cwd(),
  clock: systemClock,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  interrupted: interrupt.signal,
};
const [first, ...rest] = process.argv.slice(2);
let code = 0;
// A shell that waits for Tab needs no command line.
if (first === '__complete') await (await import('./complete/complete.ts')).complete(rest, world);
else if (first === '__refresh') await (await import('./complete/complete.ts')).refresh(rest, world);
else code = await (await import('./run.ts')).run(process.argv.slice(2), world);
// What is written goes out first; what still waits, such as a kept-alive connection, has nothing more to say.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))));
process.exit(code);
