import { collect, type InstanceRef, type LogLine, type LogOptions } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { type FaultyEngine, faultyEngine } from '../../test/faulty-engine.ts';
import { firstOffer, until } from '../../test/real-engine.ts';
import { world } from '../../test/world.ts';

const w = world('logs');
const read = (ref: InstanceRef, options: LogOptions = {}): Promise<LogLine[]> => collect(w.provider.logs!(ref, options));
const texts = (lines: readonly LogLine[]): string[] => lines.map(({ text }) => text);
const count = (to: number): string[] => Array.from({ length: to }, (_, at) => String(at + 1));

describe('logs', () => {
  it('are read from any line on, or the last ones, and keep stdout and stderr apart', async () => {
    const { ref } = await w.run('count', 'for i in $(seq 20); do echo $i; done; echo oops >&2');
    const all = await read(ref, { follow: true });
    expect(texts(all).toSorted()).toEqual([...count(20), 'oops'].toSorted());
    expect(all.find(({ stream }) => stream === 'stderr')?.text).toBe('oops');
    for (const { at } of all) expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    const lines = all.filter(({ stream }) => stream === 'stdout');
    expect(texts(await read(ref, { since: lines[10]!.at })).filter((text) => text !== 'oops')).toEqual(count(20).slice(10));
    expect(await read(ref, { tail: 2 })).toEqual(all.slice(-2));
    expect(await read(ref, { tail: 0 })).toEqual([]);
  });

  it('of a long line come in pieces, and the last line needs no newline', async () => {
    const { ref } = await w.run('long', 'head -c 50000 /dev/zero | tr "\\0" x; echo; printf end');
    const lines = texts(await read(ref, { follow: true }));
    expect(lines.map((line) => line.length)).toEqual([16_384, 16_384, 16_384, 848, 3]);
  });

  it('are followed from before the start to the end', async () => {
    const { ref } = await w.provider.create({ key: 'early', fleet: w.fleet, offer: await firstOffer(w.provider), spec: w.spec('echo first; sleep 0.3; echo last') });
    expect(texts(await read(ref, { follow: true }))).toEqual(['first', 'last']);
  });

  it('end with their reader', async () => {
    const { ref } = await w.run('endless', 'while true; do echo tick; sleep 0.05; done');
    const stop = new AbortController();
    const following = collect(w.provider.logs!(ref, { follow: true }, { signal: stop.signal }));
    setTimeout(() => stop.abort(), 200);
    await expect(following).rejects.toMatchObject({ name: 'AbortError' });
    for await (const { text } of w.provider.logs!(ref, { follow: true })) if (text === 'tick') break;
  });

  it('of a launch that fails are empty', async () => {
    const { ref } = await w.provider.create({ key: 'never', fleet: w.fleet, offer: await firstOffer(w.provider), spec: w.spec('true', { image: '127.0.0.1:1/no:v1' }) });
    expect(await read(ref, { follow: true })).toEqual([]);
    expect(await read(ref)).toEqual([]);
  });

  it('of a container that is not there are not found', async () => {
    await expect(read(`local/neb.${w.fleet}.none` as InstanceRef)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a followed log', () => {
  const through = async (faults: (engine: FaultyEngine) => Promise<void>, key: string): Promise<string[]> => {
    const engine = await faultyEngine();
    const provider = w.another({ socketPath: engine.socketPath });
    const { ref } = await w.run(key, 'for i in $(seq 60); do echo $i; echo e$i >&2; sleep 0.02; done');
    const following = collect(provider.logs!(ref, { follow: true }));
    await faults(engine);
    const lines = texts(await following);
    await provider[Symbol.asyncDispose]();
    await engine.close();
    return lines;
  };
  const whole = [...count(60), ...count(60).map((text) => `e${text}`)].toSorted();
  const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  it('shows each line once across broken connections', async () => {
    const lines = await through(async (engine) => {
      for (let nth = 0; nth < 4; nth++) {
        await wait(150);
        engine.cut();
      }
    }, 'cuts');
    expect(lines.toSorted()).toEqual(whole);
  });

  it('shows each line once across an engine that is away for a while', async () => {
    const lines = await through(async (engine) => {
      await wait(200);
      engine.refuse();
      engine.cut();
      await wait(400);
      engine.heal();
    }, 'away');
    expect(lines.toSorted()).toEqual(whole);
  });
});

it('a log being followed does not keep what nobody has read yet', async () => {
  const { ref } = await w.run('flood', 'dd if=/dev/zero bs=65536 count=400 2>/dev/null | tr "\\0" "\\n"; sleep 100');
  await until(() => w.provider.inspect(ref), (seen) => seen?.state === 'running');
  const before = process.memoryUsage().rss;
  const lines = w.provider.logs!(ref, { follow: true })[Symbol.asyncIterator]();
  await lines.next();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(process.memoryUsage().rss - before).toBeLessThan(50 * 2 ** 20);
  await lines.return?.();
});
