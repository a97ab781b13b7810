import { describe, expect, it } from 'vitest';
import type { Pod } from './replies.ts';
import { type Findings, instanceOf, isGone } from './translate.ts';

const pod = (status: string, more: Partial<Pod> = {}): Pod =>
  ({ id: 'p', name: 'neb.f.a', status, image: 'app', env: { NEB_KEY: 'a', NEB_FLEET: 'f' }, registry: null, createdAt: '', startedAt: '2026-01-01T00:00:00Z', runtime: null, ...more });

describe('a pod is shown as', () => {
  it.each<[string, Partial<Pod>, Findings, object]>([
    ['PROVISIONING', {}, {}, { state: 'pending', progress: { phase: 'provisioning' } }],
    ['STARTING', {}, {}, { state: 'pending', progress: { phase: 'starting' } }],
    ['STARTING', {}, { failure: { code: 'not_found', message: 'm' } }, { state: 'failed', failure: { code: 'not_found' } }],
    ['RUNNING', {}, {}, { state: 'running', key: 'a', ref: 'p', startedAt: '2026-01-01T00:00:00Z' }],
    ['RUNNING', { cost: 2.98 }, {}, { state: 'running', pricePerHour: '2.98' }],
    ['EXITED', { cost: 0 }, {}, { pricePerHour: undefined }],
    ['RUNNING', { name: 'neb.f.a.exit-0' }, {}, { state: 'exited', exitCode: 0 }],
    ['RUNNING', { name: 'neb.f.a.suspended.s' }, {}, { state: 'running' }],
    ['RUNNING', {}, { exitCode: 4 }, { state: 'exited', exitCode: 4 }],
    ['EXITED', { name: 'neb.f.a.exit-137' }, {}, { state: 'exited', exitCode: 137 }],
    ['EXITED', { name: 'neb.f.a.suspended.s' }, {}, { state: 'suspended' }],
    ['EXITED', {}, {}, { state: 'exited', exitCode: undefined, reason: 'Stopped' }],
    ['EXITED', {}, { unsure: true }, { state: 'unknown' }],
    ['ERROR', {}, {}, { state: 'failed', failure: { code: 'failed' } }],
    ['DREAMING', {}, {}, { state: 'unknown' }],
  ])('%s %o %o', (status, more, findings, shown) => {
    const seen = instanceOf(pod(status, more), findings);
    expect({ exitCode: undefined, pricePerHour: undefined, ...seen }).toMatchObject(shown);
  });

  it('gone where it is terminated, though a list may still have it', () => {
    expect([isGone(pod('TERMINATED')), isGone(pod('EXITED'))]).toEqual([true, false]);
  });
});
