import { type Attempt, type ContainerSpec, type ContainerStatus, containerSpec, type Instance, type InstanceRef, timestamp } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { describe, expect, test } from 'vitest';
import type { Resource } from '../store.ts';
import { tuned } from '../world.ts';
import { decide, type Step, type View } from './decide.ts';
import { launchFingerprint } from './fingerprint.ts';
import { newContainerStatus } from './new-status.ts';

const now = Date.UTC(2026, 0, 1);
const ago = (ms: number): string => timestamp(now - ms);

interface Shape {
  readonly spec?: Partial<ContainerSpec>;
  readonly status?: Partial<ContainerStatus>;
  readonly attempt?: Partial<Attempt>;
  readonly deleted?: boolean;
  readonly held?: boolean;
}

/** A container; held with an attempt of its own unless told otherwise. */
function container({ spec = {}, status = {}, attempt, deleted, held = attempt !== undefined }: Shape): Resource<'Container'> {
  const full = containerSpec.parse({ image: 'x', ...spec });
  const made: Attempt = {
    number: 1, key: 'c1-1', platform: 'memory', region: 'here', offer: 'cpu', price_per_hour: '0', intended_at: ago(1_000), fingerprint: launchFingerprint(full), ...attempt,
  };
  return {
    kind: 'Container', id: 'c1', namespace: 'n', name: 'web', owner: 'o', labels: {}, seq: 1, version: 1, generation: 1, createdBy: 'o', createdAt: ago(5_000), updatedAt: ago(5_000),
    spec: full,
    status: { ...newContainerStatus, ...(attempt && { attempt: made, status: 'creating', attempts: 1 }), ...status },
    finalizers: held ? ['provider'] : [],
    ...(deleted && { deletedAt: ago(100) }),
  };
}

const ref = 'mem-1' as InstanceRef;
const instance = (state: Instance['state'], more: Partial<Instance> = {}): Instance => ({ ref, key: 'c1-1', state, ...more });
const run = { ref, started_at: ago(60_000) };
const view = (shape: Shape, seen?: Instance, more: Partial<View> = {}): View => ({
  container: container(shape), seen, now, random: seededRandom(1), tuning: tuned({}), settleMs: 0, ...more,
});

/** What a step comes to, in a line. */
function told(step: Step): string {
  if (step.do === 'rest' || step.do === 'probe') return step.afterMs === undefined ? step.do : `${step.do} ${step.afterMs}`;
  if (step.do !== 'write') return step.do;
  const { status, events, finalizers, goneAt, archive } = step.verdict;
  return [
    status.status, status.reason ?? '-', events.map((e) => e.reason).join('+') || '-',
    ...(finalizers?.length === 0 ? ['released'] : []), ...(archive ? ['archived'] : []), ...(goneAt ? ['gone'] : []), ...(step.keepLog ? ['log'] : []),
  ].join(' ');
}

const ready = { type: 'Ready', status: 'true', reason: 'Running', message: '', generation: 1, since: ago(60_000) } as const;
const starting: Shape = { attempt: { ref, intended_at: ago(500) }, status: { status: 'creating', progress: { phase: 'starting' } } };
const steady: Partial<ContainerStatus> = { status: 'running', ready: true, started_at: run.started_at, conditions: [ready] };

const aside: Partial<ContainerStatus> = { status: 'paused', ready: false, suspended: { key: 's', ref: 'x', at: ago(5_000), keeps: 'disk', price_per_hour: '0.8' } };

test('a container whose instance goes on costs what it did, where its platform does not say', () => {
  const attempt = { ...run, paused: true, price_per_hour: '0.01', terms: [{ until: ago(5_000), price_per_hour: '0.8' }] };
  const told = (seen: Partial<Instance>): unknown => {
    const step = decide(view({ status: aside, attempt }, instance('pending', seen)));
    return step.do === 'write' && [step.verdict.status.attempt!.price_per_hour, step.verdict.status.attempt!.terms?.at(-1)];
  };
  const rested = { until: timestamp(now), price_per_hour: '0.01', paused: true };
  expect([told({}), told({ pricePerHour: '0.9' })]).toEqual([['0.8', rested], ['0.9', rested]]);
});

describe('what is next for a container', () => {
  const lines: readonly (readonly [string, View, string])[] = [
    ['new: is launched', view({}), 'launch'],
    ['queued: tries its turn again', view({ status: { status: 'queued' } }), 'launch'],
    ['backing off: rests until then', view({ status: { status: 'restarting', conditions: [ready], next_attempt_at: timestamp(now + 7_000) } }), 'rest 7000'],
    ['backing off until long after the clock was set back: is launched', view({ status: { status: 'restarting', conditions: [ready], next_attempt_at: timestamp(now + 1e9) } }), 'launch'],
    ['completed: rests', view({ status: { status: 'completed' }, attempt: { ended_at: ago(1) }, held: false }), 'rest'],
    ['completed, then specified anew: starts over', view({ status: { status: 'completed' }, attempt: { ended_at: ago(1), fingerprint: 'old' }, held: false }), 'pending - -'],
    ['intent written, nothing asked yet: asks', view({ attempt: {} }), 'ask'],
    ['intent written, platform may lag: looks again', view({ attempt: {} }, undefined, { settleMs: 30_000 }), 'rest 2000'],
    ['refused when it was asked for, platform may lag: lets go at once', view({ attempt: { ended_at: ago(10), reason: 'NoCapacity' } }, undefined, { settleMs: 30_000 }), 'creating - - released archived'],
    ['refused when it was asked for again, platform may lag: looks again', view({ attempt: { asked_at: ago(10), ended_at: ago(5), reason: 'NoCapacity' } }, undefined, { settleMs: 30_000 }), 'rest 2000'],
    ['intent written long ago, platform may lag: asks', view({ attempt: { intended_at: ago(31_000) } }, undefined, { settleMs: 30_000 }), 'ask'],
    ['accepted, then lost before it ran: asks with the same key', view({ attempt: { ref } }), 'ask'],
    ['asked for too long: another attempt', view({ attempt: { intended_at: ago(601_000) } }), 'creating Timeout Timeout'],
    ['just accepted: looks before it writes', view({ attempt: { intended_at: ago(10) } }, instance('pending')), 'rest 250'],
    ['starting: writes the handle', view({ attempt: {} }, instance('pending')), 'creating - -'],
    ['starting with nobody to bring it up: asks, so that somebody does', view({ attempt: { ref } }, instance('pending', { isUnattended: true })), 'ask'],
    ['going on after it was suspended: looks again', view({ status: aside, attempt: { ...run, paused: true } }, instance('pending')), 'rest 250'],
    ['going on after it was suspended with nobody to have it run: is resumed again', view({ status: aside, attempt: { ...run, paused: true } }, instance('pending', { isUnattended: true })), 'resume'],
    ['starting with nobody to bring it up, platform may lag: looks again', view({ attempt: { ref } }, instance('pending', { isUnattended: true }), { settleMs: 30_000 }), 'rest 2000'],
    ['ran, and is out of sight of who could bring it up: looks on', view({ attempt: run, status: steady }, instance('pending', { isUnattended: true })), 'creating - -'],
    ['pulling: tells', view({ attempt: {} }, instance('pending', { progress: { phase: 'pulling' } })), 'creating - Pulling'],
    ['starting as written: looks again soon', view(starting, instance('pending')), 'rest 250'],
    ['starting as written, at a platform that tells: looks again later', view(starting, instance('pending'), { isTold: true }), 'rest 1000'],
    ['running: writes', view({ attempt: {} }, instance('running')), 'running - Started'],
    ['running as written: rests without a timer', view({ attempt: run, status: steady }, instance('running')), 'rest'],
    ['running with time left: rests until it is up', view({ attempt: run, status: steady, spec: { timeout: '1m30s' } }, instance('running')), 'rest 30000'],
    ['running past its timeout: has to go', view({ attempt: run, status: steady, spec: { timeout: '30s' } }, instance('running')), 'running TimedOut - log'],
    ['timed out, still there: is deleted', view({ attempt: { ...run, reason: 'TimedOut' }, status: steady }, instance('running')), 'delete'],
    ['timed out, no longer there: failed', view({ attempt: { ...run, reason: 'TimedOut' }, status: steady }), 'failed TimedOut TimedOut released archived'],
    ['running with a health check: is probed', view({ attempt: run, status: { ...steady, conditions: [{ ...ready, reason: 'Healthy' }] }, spec: { health_check: {} } }, instance('running')), 'probe'],
    ['exited well: completed', view({ attempt: run, status: steady }, instance('exited', { exitCode: 0 })), 'completed Completed Exited log'],
    ['exited badly: failed', view({ attempt: run, status: steady }, instance('exited', { exitCode: 3 })), 'failed Error Exited log'],
    ['killed for memory: says so', view({ attempt: run, status: steady }, instance('exited', { exitCode: 137, reason: 'OOMKilled' })), 'failed OOMKilled Exited log'],
    ['exited badly, OnFailure: restarts', view({ attempt: run, status: steady, spec: { restart: 'OnFailure' } }, instance('exited', { exitCode: 3 })), 'restarting Error Exited+Restarting log'],
    ['exited well, OnFailure: completed', view({ attempt: run, status: steady, spec: { restart: 'OnFailure' } }, instance('exited', { exitCode: 0 })), 'completed Completed Exited log'],
    ['exited well, Always: restarts', view({ attempt: run, status: steady, spec: { restart: 'Always' } }, instance('exited', { exitCode: 0 })), 'restarting Completed Exited+Restarting log'],
    ['ended, still there: is deleted, to cost nothing', view({ attempt: { ...run, ended_at: ago(1) }, status: { status: 'completed' } }, instance('exited')), 'delete'],
    ['ended, no longer there: is let go', view({ attempt: { ...run, ended_at: ago(1) }, status: { status: 'completed' } }), 'completed - - released archived'],
    ['vanished: failed', view({ attempt: run, status: steady }), 'failed Vanished Vanished released archived'],
    ['vanished, OnFailure: restarts', view({ attempt: run, status: steady, spec: { restart: 'OnFailure' } }), 'restarting Vanished Vanished+Restarting released archived'],
    ['no such image: failed, whatever the policy', view({ attempt: {}, spec: { restart: 'Always' } }, instance('failed', { failure: { code: 'not_found', message: 'no image x' } })), 'failed NotFound Failed'],
    ['port taken: tried again', view({ attempt: {} }, instance('failed', { failure: { code: 'conflict', message: 'port 80 is taken' } })), 'creating Conflict Conflict'],
    ['a state invented later: looks again', view({ attempt: run, status: steady }, instance('unknown')), 'rest 5000'],
    ['specified anew while running: has to go', view({ attempt: { ...run, fingerprint: 'old' }, status: steady }, instance('running')), 'running Replaced Replaced log'],
    ['specified anew, no longer there: is launched again', view({ attempt: { ...run, reason: 'Replaced' }, status: steady }), 'creating Replaced - released archived'],
    ['deleted before it was launched: is gone', view({ deleted: true }), 'deleted - Deleted released gone'],
    ['deleted while running: says so first', view({ attempt: run, status: steady, deleted: true }, instance('running')), 'deleting - Deleting log'],
    ['being deleted, still there: is deleted', view({ attempt: run, status: { ...steady, status: 'deleting' }, deleted: true }, instance('running')), 'delete'],
    ['being deleted, no longer there: is gone', view({ attempt: run, status: { ...steady, status: 'deleting' }, deleted: true }), 'deleted Deleted Deleted released archived gone'],
    ['deleted with its intent written, platform may lag: looks again', view({ attempt: {}, status: { status: 'deleting' }, deleted: true }, undefined, { settleMs: 30_000 }), 'rest 2000'],
    ['gone: rests', { ...view({ deleted: true }), container: { ...container({ deleted: true }), goneAt: ago(1) } }, 'rest'],
  ];
  test.each(lines)('%s', (_, given, expected) => { expect(told(decide(given))).toBe(expected); });
});

describe('the wait before a restart', () => {
  const waitAfter = (streak: number, ranMs: number): number => {
    const step = decide(view({ attempt: { ref, started_at: ago(ranMs) }, status: { ...steady, restart_streak: streak }, spec: { restart: 'Always' } }, instance('exited', { exitCode: 1, finishedAt: timestamp(now) })));
    if (step.do !== 'write') throw new Error(step.do);
    return Date.parse(step.verdict.status.next_attempt_at!) - now;
  };
  test.each([
    ['is 10 s at first', 0, 1_000, 10_000],
    ['doubles', 1, 1_000, 20_000],
    ['is 5 min at most', 9, 1_000, 300_000],
    ['starts anew after ten minutes of running', 9, 600_000, 10_000],
  ])('%s', (...[, streak, ranMs, expected]) => { expect(waitAfter(streak, ranMs)).toBe(expected); });
});

test('what has been exited with is in the status and in the attempt', () => {
  const step = decide(view({ attempt: run, status: steady }, instance('exited', { exitCode: 3, finishedAt: ago(10) })));
  expect(step).toMatchObject({ verdict: { status: { message: 'exited with 3', exit_code: 3, ready: false, finished_at: ago(10), attempt: { exit_code: 3, ended_at: ago(10), message: 'exited with 3' } } } });
});

describe('what a platform asks for', () => {
  const billed = (given: View): Partial<Attempt> | undefined => {
    const step = decide(given);
    if (step.do !== 'write') throw new Error(step.do);
    const { ref: handle, billed_from, billed_until, price_per_hour, started_at, ended_at } = step.verdict.archive ?? step.verdict.status.attempt!;
    return { ref: handle, billed_from, billed_until, price_per_hour, started_at, ended_at };
  };
  const bought = { ref, billed_from: ago(59_000) };

  test('is known from the first sight of it on: since when, and what an hour', () => {
    for (const state of ['pending', 'running', 'failed'] as const) {
      expect(billed(view({ attempt: { price_per_hour: '9' } }, instance(state, { createdAt: ago(700), pricePerHour: '0.3' })))).toMatchObject({ ref, billed_from: ago(700), price_per_hour: '0.3' });
    }
  });

  test('is written down before it is taken away, where no earlier sight was', () => {
    const given = { attempt: { ended_at: ago(10), reason: 'Timeout' } };
    expect(billed(view(given, instance('running', { createdAt: ago(700) })))).toMatchObject({ ref, billed_from: ago(700), billed_until: undefined });
    expect(told(decide(view({ ...given, attempt: { ...given.attempt, ref } }, instance('running'))))).toBe('delete');
  });

  test('goes on after the end of the work until it is seen to be gone, or told to cost nothing', () => {
    const exited = (more: Partial<Instance>) => billed(view({ attempt: { ...run, ...bought }, status: steady }, instance('exited', { exitCode: 0, finishedAt: ago(500), ...more })));
    expect(exited({})).toMatchObject({ ended_at: ago(500), billed_until: undefined });
    expect(exited({ pricePerHour: '0.3' })).toMatchObject({ price_per_hour: '0.3', billed_until: undefined });
    expect(exited({ pricePerHour: '0.00' })).toMatchObject({ price_per_hour: '0', billed_until: ago(500) });
    const ended = { ...run, ...bought, ended_at: ago(500) };
    expect(billed(view({ attempt: ended, status: { status: 'completed' } }))).toMatchObject({ ended_at: ago(500), billed_until: ago(0) });
    expect(billed(view({ attempt: { ...ended, billed_until: ago(400) }, status: { status: 'completed' } }))).toMatchObject({ billed_until: ago(400) });
  });

  test('and the end of a run that only a look tells of, are by the platform\'s clock, whatever ours was set to', () => {
    for (const aheadMs of [3_600_000, -3_600_000]) {
      const platformNow = now + aheadMs;
      expect(billed(view({ attempt: { ...run, ...bought }, status: steady }, undefined, { platformNow }))).toMatchObject({ ended_at: timestamp(platformNow), billed_until: timestamp(platformNow) });
    }
    // It was there to its end.
    expect(billed(view({ attempt: { ...run, ...bought, ended_at: ago(500) }, status: { status: 'completed' } }, undefined, { platformNow: now - 60_000 }))).toMatchObject({ billed_until: ago(500) });
  });
});

test('progress is written at most once a second', () => {
  const status = { progress: { phase: 'pulling', done_bytes: 1 }, status: 'creating' } as const;
  const seen = instance('pending', { progress: { phase: 'pulling', doneBytes: 2 } });
  const late = view({ attempt: { ref }, status }, seen);
  const soon = { ...late, container: { ...late.container, updatedAt: ago(300) } };
  expect([told(decide(soon)), told(decide(late))]).toEqual(['rest 1000', 'creating - -']);
});

test('a launch that fails keeps the exit of the last run in sight, and counts', () => {
  const status = { exit_code: 3, started_at: ago(9_000), finished_at: ago(8_000), launch_failures: 1, restart_count: 1 };
  const step = decide(view({ attempt: { number: 2 }, status }, instance('failed', { failure: { code: 'unavailable', message: 'the disk is full' } })));
  expect(step).toMatchObject({ verdict: { status: { ...status, launch_failures: 2, message: 'the disk is full', conditions: [{ type: 'Ready' }, { type: 'Stalled', status: 'true', reason: 'Unavailable' }] } } });
});
