import type { Instance, InstanceRef } from '@neb/core-types';
import { expect, it } from 'vitest';
import type { Machine } from './machines.ts';
import { type ContainerSight, instanceOf } from './view.ts';

const startMs = 60_000;
const bought = Date.UTC(2026, 0, 1);
const machine: Machine = { id: 'm', key: 'k', fleet: 'f', state: 'running', address: '192.0.2.1', createdAt: new Date(bought).toISOString(), bootedAt: new Date(bought).toISOString() };
const container: Instance = { ref: 'machine/neb.f.k' as InstanceRef, key: 'k', state: 'exited', exitCode: 3, address: '10.0.0.2', createdAt: '2026-01-01T00:05:00.000Z' };
const ended: Instance = { ...container, startedAt: '2025-12-31T23:00:00.000Z' };
const aside = { key: 's', bootedAt: machine.bootedAt };
const before = { key: 's', bootedAt: '2025-12-31T00:00:00.000Z' };
const young = 0;
const old = startMs + 1;

it.each<[string, Partial<Machine>, ContainerSight, number, object]>([
  ['that is being bought is pending', { state: 'pending' }, { kind: 'none' }, young, { state: 'pending', progress: { phase: 'provisioning' } }],
  ['that ends is unknown until it is gone', { state: 'ending', reason: 'SpotInstanceTermination' }, { kind: 'none' }, young, { state: 'unknown', reason: 'SpotInstanceTermination' }],
  ['that somebody stopped has ended', { state: 'stopped' }, { kind: 'none' }, young, { state: 'exited', reason: 'Stopped' }],
  ['that is put aside is suspended, at the price of its disk', { state: 'stopped', aside, restingPricePerHour: '0.01' }, { kind: 'none' }, old, { state: 'suspended', pricePerHour: '0.01' }],
  ['that is being put aside is suspended', { state: 'stopping', aside }, { kind: 'none' }, young, { state: 'suspended' }],
  ['that somebody stopped after it went on has ended', { state: 'stopped', aside: before }, { kind: 'none' }, young, { state: 'exited', reason: 'Stopped' }],
  ['that went on starts its container again', { aside: before }, { kind: 'there', container: ended }, old, { state: 'pending', progress: { phase: 'starting' } }],
  ['that went on, and whose container has ended since, has ended', { aside: before }, { kind: 'there', container: { ...container, startedAt: '2026-01-01T00:01:00.000Z' } }, old, { state: 'exited', exitCode: 3 }],
  ['whose container ends since it is being put aside is no end', { aside }, { kind: 'there', container: { ...container, startedAt: '2026-01-01T00:01:00.000Z' } }, old, { state: 'unknown', reason: 'Suspending' }],
  ['that is being set up is as far as that is', {}, { kind: 'launching', progress: { phase: 'starting' } }, old, { state: 'pending', progress: { phase: 'starting' } }],
  ['whose launch failed has failed', {}, { kind: 'failed', failure: { code: 'timeout', message: 'm' } }, young, { state: 'failed', failure: { code: 'timeout' } }],
  ['whose container is there is as that is, under its own name', {}, { kind: 'there', container }, old, { ref: 'm', state: 'exited', exitCode: 3, address: undefined }],
  ['that the cloud takes away says when', { endsAt: '2026-01-01T01:00:00.000Z' }, { kind: 'there', container: { ...container, state: 'running' } }, old, { state: 'running', endsAt: '2026-01-01T01:00:00.000Z' }],
  ['that is left is unknown', {}, { kind: 'leaving' }, young, { state: 'unknown', reason: 'Leaving' }],
  ['without a container waits for it', {}, { kind: 'none' }, young, { state: 'pending', progress: { phase: 'starting' } }],
  ['without a container for too long has failed', {}, { kind: 'none' }, old, { state: 'failed', failure: { code: 'timeout' } }],
  ['that does not answer may still boot', {}, { kind: 'silent', message: 'm' }, young, { state: 'pending', progress: { phase: 'provisioning' } }],
  ['that has not answered for long is unknown, never ended', {}, { kind: 'silent', message: 'm' }, old, { state: 'unknown', reason: 'Unreachable' }],
])('a machine %s', (_, more, sight, ageMs, expected) => {
  expect(instanceOf({ ...machine, ...more }, sight, { nowMs: bought + ageMs, startMs })).toMatchObject({ key: 'k', ref: 'm', createdAt: machine.createdAt, ...expected });
});
