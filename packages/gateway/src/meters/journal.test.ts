import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@neb/core-types';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { factNumber } from '../../test/fact-number.ts';
import { factJournal, type FactJournalOptions } from './journal.ts';
import { factReader, type FactReader } from './journal-reader.ts';

let folder: string;
beforeEach(async () => { folder = join(await mkdtemp(join(tmpdir(), 'neb-facts-')), 'one'); });
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

const journalOf = (options: Partial<FactJournalOptions> = {}) => factJournal({ folder, clock: systemClock, warn: () => undefined, everyMs: 1, ...options });
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, at) => factNumber(from + at));

async function readAll(reader: FactReader, limit = 7): Promise<number[]> {
  const found: number[] = [];
  for (let batch = await reader.read({ limit }); batch.facts.length > 0; batch = await reader.read({ limit })) {
    found.push(...batch.facts.map(({ value }) => Number(value)));
    await reader.acknowledge(batch.position);
  }
  return found;
}
const upTo = (end: number): number[] => Array.from({ length: end }, (_, at) => at);

describe('a journal of facts', () => {
  test('is read in order while it is written, once each, and what is acknowledged goes from the disk', async () => {
    const reader = factReader(folder);
    expect((await reader.read()).facts).toEqual([]);
    await using journal = await journalOf({ segmentBytes: 2_000 });
    journal.tell(numbers(0, 10));
    await journal.synced();
    const first = await reader.read({ limit: 4 });
    expect(first.facts).toEqual(numbers(0, 4));
    expect((await reader.read({ after: first.position, limit: 2 })).facts).toEqual(numbers(4, 2));
    expect((await reader.read({ limit: 4 })).facts).toEqual(numbers(0, 4));
    for (let group = 1; group < 10; group++) {
      journal.tell(numbers(group * 10, 10));
      await journal.synced();
    }
    expect((await readdir(folder)).length).toBeGreaterThan(3);
    expect(await readAll(reader)).toEqual(upTo(100));
    expect((await readdir(folder)).filter((name) => name.endsWith('.facts'))).toHaveLength(1);
    await reader.acknowledge(first.position);
    expect((await factReader(folder).read()).facts).toEqual([]);
  });

  test('writes what is told at once in one group', async () => {
    await using journal = await journalOf();
    for (let at = 0; at < 50; at++) journal.tell([factNumber(at)]);
    await journal.synced();
    expect(await readAll(factReader(folder))).toEqual(upTo(50));
  });

  test('drops a torn last line, and goes on in another file', async () => {
    {
      await using journal = await journalOf();
      journal.tell(numbers(0, 3));
    }
    const [name] = await readdir(folder);
    await appendFile(join(folder, name!), 'deadbeef {"key":"r3/0"}\n0badc0de {"key":');
    const reader = factReader(folder);
    expect(await reader.read()).toMatchObject({ facts: numbers(0, 3), damaged: 1 });
    await using journal = await journalOf();
    journal.tell(numbers(3, 2));
    await journal.synced();
    expect(await reader.read()).toMatchObject({ facts: numbers(0, 5), damaged: 2 });
  });

  test('is read on where all its files were taken away', async () => {
    const reader = factReader(folder);
    for (let round = 0; round < 3; round++) {
      await using journal = await journalOf();
      journal.tell(numbers(round, 1));
      await journal.synced();
      expect(await readAll(reader)).toEqual([round]);
      for (const name of await readdir(folder)) if (name.endsWith('.facts')) await rm(join(folder, name));
    }
  });

  test('stops when it is full, tells how many it dropped, and goes on once it is read', async () => {
    const warnings: string[] = [];
    await using journal = await journalOf({ limitBytes: 2_000, segmentBytes: 100_000, warn: (message) => warnings.push(message) });
    const reader = factReader(folder);
    for (let at = 0; at < 30; at++) {
      journal.tell([factNumber(at)]);
      await journal.synced();
    }
    const { dropped } = journal;
    expect(dropped).toBeGreaterThan(10);
    expect(warnings).toEqual([expect.stringContaining('nobody has read yet')]);
    const before = await reader.read();
    expect(before).toMatchObject({ facts: numbers(0, 30 - dropped), dropped: 0 });
    await reader.acknowledge(before.position);
    journal.tell([factNumber(99)]);
    await journal.synced();
    expect(await reader.read()).toMatchObject({ facts: [factNumber(99)], dropped });
    expect(warnings[1]).toContain(`${dropped} were dropped`);
  });

  test('keeps facts while its folder cannot be written, within bounds', async () => {
    await using journal = await journalOf({ pendingBytes: 3_000 });
    await rm(folder, { recursive: true });
    journal.tell(numbers(0, 100));
    expect(journal.dropped).toBeGreaterThan(50);
  });

  test('loses nothing that it said is on disk, and doubles nothing, where its process is killed', async () => {
    const reader = factReader(folder);
    const read: number[] = [];
    for (let round = 0; round < 3; round++) {
      const first = (read.at(-1) ?? -1) + 1;
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'test/write-facts.ts', folder, String(first)], { cwd: join(import.meta.dirname, '../..'), stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        // In the middle of things: what it writes next is not awaited.
        if (said.length > 40 + round * 100) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const synced = Number(said.split('\n').at(-2));
      read.push(...await readAll(reader, 100));
      expect(read.length).toBeGreaterThanOrEqual(synced);
    }
    expect(read).toEqual(upTo(read.length));
  });
});
