import type { Container } from '@neb/core-types';
import { expect, test } from 'vitest';
import { style } from '../render/style.ts';
import { phaseLines, plainLine, summaryLine } from './lines.ts';
import { advanced, type Track } from './track.ts';

const plain = { style: style({ colour: false, utf8: true }), width: 60 };

function container(status: Partial<Container['status']>): Container {
  return {
    kind: 'Container', restart: 'Never',
    metadata: { name: 'job', namespace: 'ns', id: 'c00000000001', owner: 'me', labels: {}, created_at: '', created_by: '', updated_at: '', generation: 1, version: 1 },
    status: { status: 'pending', ready: false, attempts: 0, restart_count: 0, launch_failures: 0, conditions: [], ...status },
  };
}

function way(...steps: readonly (readonly [at: number, status: Partial<Container['status']>])[]): Track {
  return steps.reduce<Track | undefined>((track, [at, status]) => advanced(track, container(status), at), undefined)!;
}

const started = [
  [0, {}],
  [100, { status: 'creating', progress: { phase: 'pulling' } }],
  [1_100, { status: 'creating', progress: { phase: 'pulling', done_bytes: 620_000, total_bytes: 1_000_000 } }],
  [3_100, { status: 'creating', progress: { phase: 'starting' } }],
] as const;

test('each phase is a line with how long it took, the one under way with what it does', () => {
  expect(phaseLines(way(...started.slice(0, 3)), { ...plain, now: 2_100 })).toEqual(['✓ placing        0.1s', '• pulling        2.0s  62%  620 kB of 1.0 MB']);
});

test('the end says how long all of it took', () => {
  expect(phaseLines(way(...started, [3_500, { status: 'running', ready: true }]), { ...plain, now: 9_999 })).toEqual([
    '✓ placing        0.1s', '✓ pulling        3.0s  62%  620 kB of 1.0 MB', '✓ starting       0.4s', '✓ ready          3.5s',
  ]);
});

test('a failure says why, in the container\'s own sentence, cut to the terminal', () => {
  const track = way([0, {}], [500, { status: 'failed', message: 'there is no image nobody/nothing:latest at registry.example' }]);
  expect(phaseLines(track, { ...plain, now: 500 }).at(-1)).toBe('✗ failed         0.5s  there is no image nobody/nothing:la…');
  expect(plainLine(track, 'T')).toBe('T container/job failed: there is no image nobody/nothing:latest at registry.example');
});

test('a container that cannot go on is stalled, and says what is missing', () => {
  const stalled = { type: 'Stalled', status: 'true', reason: 'PlatformDown', message: 'the engine is not running', generation: 1, since: '' } as const;
  expect(way([0, {}], [50, { conditions: [stalled], message: 'other' }]).end).toEqual({ word: 'stalled', at: 50, good: false, message: 'the engine is not running' });
});

test('a health check is a phase of its own', () => {
  const track = way([0, { status: 'running', ready: false, health: { healthy: false, failures: 1, checked_at: '', message: 'connection refused' } }]);
  expect(track.phases).toEqual([{ name: 'checking', from: 0, detail: 'connection refused' }]);
});

test('of several containers each is one line', () => {
  const options = { ...plain, titleWidth: 5 };
  expect(summaryLine(way(...started.slice(0, 3)), { ...options, now: 2_100 })).toBe('• job    pulling 2.0s  62%  620 kB of 1.0 MB');
  expect(summaryLine(way(...started, [3_500, { status: 'completed' }]), { ...options, now: 3_500 })).toBe('✓ job    completed in 3.5s');
});

test('what a failure quotes cannot move the cursor', () => {
  const track = way([0, {}], [500, { status: 'failed', message: 'a\u001b[2Jb\nc' }]);
  expect(phaseLines(track, { ...plain, now: 500 }).at(-1)).toContain('a[2Jb c');
});
