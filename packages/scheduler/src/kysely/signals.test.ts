import { expect, test } from 'vitest';
import { type Notices, signals } from './signals.ts';

/** A wire between processes that notes what goes over it. */
function wire() {
  const sent: string[] = [];
  const ears = new Set<{ heard(text: string): void; missed(): void }>();
  const notices: Notices = {
    async listen(heard, missed) {
      const ear = { heard, missed };
      ears.add(ear);
      return { [Symbol.asyncDispose]: async () => void ears.delete(ear) };
    },
    async send(text) {
      sent.push(text);
      for (const ear of ears) ear.heard(text);
    },
  };
  return { sent, ears, notices };
}

test('what is said beats here at once, and in other processes once for a burst', async () => {
  const { sent, notices } = wire();
  await using here = await signals({ id: 'here', notices });
  await using there = await signals({ id: 'there', notices });
  const [mine, theirs, other] = [here.on('feed'), there.on('feed'), there.on('Secret')];
  for (let n = 0; n < 100; n++) here.say(['feed', 'Container']);
  expect([mine.beats, theirs.beats]).toEqual([100, 0]);
  await theirs.next(0, AbortSignal.timeout(5_000));
  expect(sent).toEqual(['here feed Container']);
  expect([mine.beats, theirs.beats, other.beats]).toEqual([100, 1, 0]);
});

test('what was said last is told to the others before leaving, and nothing where nothing was', async () => {
  const { sent, ears, notices } = wire();
  const here = await signals({ id: 'here', notices });
  here.sayHere('Container');
  here.say(['feed']);
  await here[Symbol.asyncDispose]();
  const quiet = await signals({ id: 'quiet', notices });
  await quiet[Symbol.asyncDispose]();
  expect([sent, ears.size]).toEqual([['here feed'], 0]);
});

test('after a time without connection everything may be new', async () => {
  const { ears, notices } = wire();
  await using here = await signals({ id: 'here', notices });
  const all = [here.on('feed'), here.on('Container')];
  for (const ear of ears) ear.missed();
  expect(all.map(({ beats }) => beats)).toEqual([1, 1]);
});

test('a lost notice is nobody\'s failure', async () => {
  const { notices } = wire();
  const here = await signals({ id: 'here', notices: { ...notices, send: () => Promise.reject(new Error('gone')) } });
  here.say(['feed']);
  await here[Symbol.asyncDispose]();
});
