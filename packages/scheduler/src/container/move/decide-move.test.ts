import { containerSpec, type Move, type MovePhase, timestamp } from '@neb/core-types';
import { expect, test } from 'vitest';
import type { Resource } from '../../store.ts';
import { newContainerStatus } from '../new-status.ts';
import { decideMove, type MoveStep } from './decide-move.ts';

const began = Date.UTC(2026, 0, 1);
const minute = 60_000;
const tuning = { launchBudgetMs: 10 * minute };

function moving(phase: MovePhase, { deleted = false, health = false }: { readonly deleted?: boolean; readonly health?: boolean } = {}): Resource<'Container'> {
  const at = timestamp(began);
  const to = { number: 2, key: 'a-2', platform: 'there', region: 'r', offer: 'o', price_per_hour: '0', intended_at: at };
  const move: Move = { key: 'a-aside-1', phase, since: at, begun_at: at, to, took: {} };
  return {
    kind: 'Container', id: 'a', name: 'a', namespace: 'n', owner: 'o', labels: {}, seq: 1, version: 1, generation: 1, finalizers: ['provider'], createdBy: 'o', createdAt: at, updatedAt: at,
    spec: containerSpec.parse({ image: 'x', ...(health && { health_check: { start_period: '5m' } }) }), status: { ...newContainerStatus, status: 'running', move }, ...(deleted && { deletedAt: at }),
  };
}

test.each<[MovePhase, number, MoveStep['do']]>([
  ['saving', 0, 'save'], ['shipping', 0, 'restore'], ['restoring', 0, 'restore'], ['verifying', 0, 'verify'], ['leaving', 0, 'leave'], ['returning', 0, 'return'],
  // An archive may be on its way for hours; a target that does not start, or does not answer, has had its time.
  ['shipping', 60 * minute, 'restore'], ['restoring', 11 * minute, 'turn back'], ['verifying', 3 * minute, 'turn back'],
  // These lead to the end, and have no other.
  ['leaving', 600 * minute, 'leave'], ['returning', 600 * minute, 'return'],
])('in %s, after %i ms, it will %s', (phase, afterMs, step) => {
  expect(decideMove(moving(phase), { now: began + afterMs, tuning }).do).toBe(step);
});

test('a target with a health check has its start period besides', () => {
  expect(decideMove(moving('verifying', { health: true }), { now: began + 7 * minute, tuning }).do).toBe('verify');
  expect(decideMove(moving('verifying', { health: true }), { now: began + 8 * minute, tuning }).do).toBe('turn back');
});

test.each<MovePhase>(['saving', 'shipping', 'restoring', 'verifying', 'leaving', 'returning'])('one that is deleted in %s takes both with it', (phase) => {
  expect(decideMove(moving(phase, { deleted: true }), { now: began, tuning }).do).toBe('abandon');
});
