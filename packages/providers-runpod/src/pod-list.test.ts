import { fakeClock } from '@neb/core-types/testing';
import { describe, expect, it } from 'vitest';
import { podList } from './pod-list.ts';
import type { Pod } from './replies.ts';

/** A RunPod that answers each list when it is told to. */
function slowList() {
  const asked: PromiseWithResolvers<readonly Pod[]>[] = [];
  const clock = fakeClock();
  const list = podList({
    listPods: () => {
      const answer = Promise.withResolvers<readonly Pod[]>();
      asked.push(answer);
      return answer.promise;
    },
  }, { clock, listForMs: 1_000 });
  const turn = () => new Promise((resolve) => { setImmediate(resolve); });
  return { asked, clock, list, turn };
}

describe('the list of pods', () => {
  it('is asked for once by all who look within a while', async () => {
    const { asked, clock, list } = slowList();
    const looks = [list.recent(undefined), list.recent(undefined)];
    asked[0]!.resolve([]);
    await Promise.all(looks);
    clock.advance(999);
    await list.recent(undefined);
    expect(asked.length).toBe(1);
    clock.advance(1);
    void list.recent(undefined);
    expect(asked.length).toBe(2);
  });

  it('that must be fresh is the next one, for all who wait', async () => {
    const { asked, list, turn } = slowList();
    const first = list.fresh(undefined);
    const next = [list.fresh(undefined), list.fresh(undefined)];
    expect(asked.length).toBe(1);
    asked[0]!.resolve([]);
    await first;
    await turn();
    expect(asked.length).toBe(2);
    asked[1]!.resolve([]);
    expect(await Promise.all(next)).toEqual([[], []]);
  });

  it('that failed is asked for again, and so is one that no longer holds', async () => {
    const { asked, list, turn } = slowList();
    const failed = list.recent(undefined);
    asked[0]!.reject(new Error('away'));
    await expect(failed).rejects.toThrow('away');
    const again = list.recent(undefined);
    asked[1]!.resolve([]);
    await again;
    list.forget();
    void list.recent(undefined);
    await turn();
    expect(asked.length).toBe(3);
  });

  it('is left by one who leaves, and by nobody else', async () => {
    const { asked, list } = slowList();
    const stop = new AbortController();
    const [left, stayed] = [list.recent(stop.signal), list.recent(undefined)];
    stop.abort();
    await expect(left).rejects.toMatchObject({ name: 'AbortError' });
    asked[0]!.resolve([]);
    expect(await stayed).toEqual([]);
  });
});
