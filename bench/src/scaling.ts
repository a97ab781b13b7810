import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Figure } from './statistics.ts';

/** A row of what the program prints. */
interface Score {
  readonly controller: string;
  readonly trace: string;
  readonly missed: number;
  readonly replicaSeconds: number;
  readonly product: number;
}

const program = resolve(import.meta.dirname, '../../packages/scheduler/test/latency/table.ts');
const ours = 'neb';
const untold = 'neb, told no capacity';
/** Numbers that never change, for what they say of the measure. */
const fixed = ['always one', 'always the most'];

/** (m) the autoscaler of services beside others, in one simulator over the same requests: no clock is read, so the figures are the same on every machine. */
export async function scaling(seeds = 5): Promise<readonly Figure[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...Array.from({ length: seeds }, (_, nth) => String(101 + nth))], { maxBuffer: 1 << 24 });
  const scores = JSON.parse(stdout) as readonly Score[];
  const traces = [...new Set(scores.map(({ trace }) => trace))];
  return [
    ...traces.map((trace) => figure(trace, scores.filter((score) => score.trace === trace), inFull)),
    figure('all of them', summed(scores), ({ product }) => product.toFixed(0)),
  ];
}

function figure(what: string, scores: readonly Score[], say: (score: Score) => string): Figure {
  const of = (name: string): Score => scores.find(({ controller }) => controller === name)!;
  const others = scores.filter(({ controller }) => controller !== ours && controller !== untold);
  return {
    what,
    ours: `${say(of(ours))}; told no capacity ${say(of(untold))}`,
    floor: others.map((score) => `${score.controller} ${say(score)}`).join('; '),
    target: '< each other autoscaler',
    met: others.every(({ controller, product }) => fixed.includes(controller) || of(ours).product < product),
  };
}

function inFull({ missed, replicaSeconds, product }: Score): string {
  return `${(missed * 100).toFixed(2)} % × ${(replicaSeconds / 3_600).toFixed(2)} h = ${product.toFixed(1)}`;
}

function summed(scores: readonly Score[]): Score[] {
  return [...new Set(scores.map(({ controller }) => controller))].map((controller) => {
    const of = scores.filter((score) => score.controller === controller);
    const sum = (value: (score: Score) => number): number => of.reduce((total, score) => total + value(score), 0);
    return { controller, trace: 'all', missed: sum(({ missed }) => missed), replicaSeconds: sum(({ replicaSeconds }) => replicaSeconds), product: sum(({ product }) => product) };
  });
}
