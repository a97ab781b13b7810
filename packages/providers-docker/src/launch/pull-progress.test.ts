import { expect, it } from 'vitest';
import type { PullLine } from '../replies.ts';
import { pullProgress } from './pull-progress.ts';

const line = (id: string, status: string, current?: number, total?: number): PullLine => ({ id, status, progressDetail: { current, total } });

it('progress sums up the layers whose size is known, and never goes back', () => {
  const read = pullProgress();
  const told = [
    line('latest', 'Pulling from app'), line('a', 'Pulling fs layer'), line('b', 'Pulling fs layer'), line('c', 'Already exists'),
    line('a', 'Downloading', 10, 100), line('b', 'Downloading', 5, 50), line('a', 'Downloading', 60, 100), line('b', 'Verifying Checksum'),
    line('a', 'Download complete'), line('a', 'Extracting', 1, 100), line('a', 'Pull complete'), line('d', 'Extracting', 3, 7), { status: 'Status: done' },
  ].map(read);
  expect(told.map(({ doneBytes, totalBytes }) => (totalBytes === undefined ? '-' : `${doneBytes}/${totalBytes}`))).toEqual([
    '-', '-', '-', '-', '10/100', '15/150', '65/150', '110/150', '150/150', '150/150', '150/150', '157/157', '157/157',
  ]);
});
