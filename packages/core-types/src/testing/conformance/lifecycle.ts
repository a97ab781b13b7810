import assert from 'node:assert/strict';
import { parseMoney } from '../../money.ts';
import { collect } from '../../paginate.ts';
import { create, forget, listed, reach, running } from './steps.ts';
import { type Check, it } from './subject.ts';

/** What every provider must be able to do. */
export const lifecycle: readonly Check[] = [
  it('offers are told apart by their id and priced in decimal strings', async (s) => {
    const offers = await collect(s.provider.offers({}));
    assert.equal(new Set(offers.map((offer) => offer.id)).size, offers.length);
    for (const offer of offers) assert.notEqual(parseMoney(offer.pricePerHour), undefined, `${offer.id} costs "${offer.pricePerHour}"`);
  }),
  it('create answers before the container runs', async (s) => {
    const made = await create(s, 'a');
    assert.equal(made.key, 'a');
    assert.ok(['pending', 'running'].includes(made.state));
  }),
  it('create twice with one key buys once', async (s) => {
    const [first, again] = [await create(s, 'a'), await create(s, 'a')];
    assert.equal(again.ref, first.ref);
    await reach(s, first.ref, 'running');
    assert.equal((await create(s, 'a')).ref, first.ref);
    assert.equal((await listed(s)).length, 1);
  }),
  it('create retried after a lost answer buys once', async (s, skip) => {
    if (!s.loseNextAnswer) return skip('a lost answer cannot be staged here');
    s.loseNextAnswer();
    await assert.rejects(create(s, 'a'), { code: 'uncertain' });
    const { ref } = await create(s, 'a');
    await reach(s, ref, 'running');
    assert.equal((await listed(s)).length, 1);
  }),
  it('racing creates with one key buy once, where the traits promise it', async (s, skip) => {
    if (s.provider.traits.idempotency !== 'native') return skip('this cloud has no idempotency token');
    const [one, two] = await Promise.all([create(s, 'a'), create(s, 'a')]);
    assert.equal(one.ref, two.ref);
    await reach(s, one.ref, 'running');
    assert.equal((await listed(s)).length, 1);
  }),
  it('one key in two fleets is two instances', async (s) => {
    const [mine, other] = [await create(s, 'a'), await create(s, 'a', { fleet: `${s.fleet}-2` })];
    await forget(s, other.ref);
    assert.notEqual(mine.ref, other.ref);
    assert.equal((await reach(s, mine.ref, 'running')).key, 'a');
  }),
  it('reaches running', async (s) => {
    assert.equal((await running(s)).key, 'a');
  }),
  it('list shows an instance from its create on', async (s) => {
    const { ref } = await create(s, 'a');
    assert.deepEqual((await listed(s)).map((i) => i.ref), [ref]);
  }),
  it('list returns each instance with the key it was made with', async (s) => {
    for (const key of ['a', 'b']) await running(s, key);
    assert.deepEqual((await listed(s)).map((i) => i.key).sort(), ['a', 'b']);
  }),
  it('list is blind to other fleets', async (s) => {
    await running(s);
    assert.deepEqual(await collect(s.provider.list({ fleet: 'another' })), []);
  }),
  it('delete is idempotent and inspect then forgets', async (s) => {
    const { ref } = await running(s);
    await s.provider.delete(ref, { graceMs: 100 });
    await forget(s, ref);
    await s.provider.delete(ref);
    assert.deepEqual(await listed(s), []);
  }),
  it('delete of one that has not started yet leaves nothing', async (s) => {
    const { ref } = await create(s, 'a');
    await forget(s, ref);
    assert.deepEqual(await listed(s), []);
  }),
  it('an aborted call rejects', async (s) => {
    const signal = AbortSignal.abort();
    await assert.rejects(create(s, 'a', { signal }), { name: 'AbortError' });
    assert.deepEqual(await listed(s), [], 'an aborted create makes nothing');
    const { ref } = await create(s, 'a');
    await assert.rejects(s.provider.inspect(ref, { signal }), { name: 'AbortError' });
    await assert.rejects(collect(s.provider.list({ fleet: s.fleet }, { signal })), { name: 'AbortError' });
    await assert.rejects(s.provider.delete(ref, {}, { signal }), { name: 'AbortError' });
    assert.ok(await s.provider.inspect(ref), 'an aborted delete deletes nothing');
  }),
  it('an exit is told with its code, and kept until it is deleted', async (s, skip) => {
    if (!s.exits) return skip('an exit cannot be staged here');
    const { ref } = await create(s, 'a', { spec: s.exits });
    assert.equal((await reach(s, ref, 'exited')).exitCode, 3);
    assert.deepEqual((await listed(s)).map((i) => i.state), ['exited']);
    await forget(s, ref);
    assert.deepEqual(await listed(s), []);
  }),
  it('a container that cannot start says why', async (s, skip) => {
    if (!s.unstartable) return skip('a failing start cannot be staged here');
    const { ref } = await create(s, 'a', { spec: s.unstartable });
    const { failure } = await reach(s, ref, 'failed');
    assert.ok(failure && failure.message.length > 10, 'a failure carries a sentence');
    await forget(s, ref);
  }),
];
