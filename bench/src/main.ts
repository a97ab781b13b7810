import { cpus } from 'node:os';
import { authentication } from './authentication.ts';
import { billingBench } from './billing.ts';
import { commandLine } from './command.ts';
import { controlPlane } from './control-plane.ts';
import { fromZero } from './from-zero.ts';
import { gatewayBench } from './gateway.ts';
import { idle, machine } from './idle.ts';
import { launchMany, launchOne } from './launch.ts';
import { placement } from './placement.ts';
import { scaling } from './scaling.ts';
import { type Figure, printFigures } from './statistics.ts';
import { store } from './store.ts';
import { messages } from './streams.ts';
import { suspendBench } from './suspend.ts';
import { atZero } from './at-zero.ts';
import { zeroToOne } from './zero-to-one.ts';

/** Each benchmark by its letter in bench/README.md. */
const benchmarks: Readonly<Record<string, readonly [string, () => Promise<readonly Figure[]>]>> = {
  a: ['One container on Docker', () => launchOne()],
  b: ['A hundred containers on Docker', () => launchMany()],
  c: ['The control plane alone (simulated platform)', () => controlPlane()],
  d: ['An idle server', () => idle(Number(process.env['NEB_BENCH_IDLE_MINUTES'] ?? 10))],
  e: ['The command line', () => commandLine()],
  f: ['The store alone (PostgreSQL committing)', () => store()],
  g: ['Authentication', () => authentication()],
  h: ['Placement', () => placement()],
  i: ['Messages through a stream', () => messages()],
  j: ['From no worker to one', () => zeroToOne(Number(process.env['NEB_BENCH_TRIALS'] ?? 200))],
  k: ['Processors without a worker', () => atZero(Number(process.env['NEB_BENCH_ZERO_SECONDS'] ?? 330))],
  l: ['Through the gateway', () => gatewayBench(Number(process.env['NEB_BENCH_ROUNDS'] ?? 5))],
  m: ['Services scaled by latency (simulated)', () => scaling()],
  n: ['Services from zero on Docker', () => fromZero()],
  o: ['The ledger of usage (PostgreSQL committing)', () => billingBench(Number(process.env['NEB_BENCH_FACTS'] ?? 1_000_000))],
  p: ['Suspending, resuming and forking at Podman', () => suspendBench(Number(process.env['NEB_BENCH_ROUNDS'] ?? 10))],
};

const wanted = process.argv.slice(2);
console.log(`# neb benchmarks\n\n${await machine()}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`);
for (const [letter, [title, measure]] of Object.entries(benchmarks)) {
  if (wanted.length > 0 && !wanted.includes(letter)) continue;
  printFigures(`(${letter}) ${title}`, await measure());
}
