import { describe, expect, test } from 'vitest';
import { ask, type Reply } from './ask.ts';
import { type CallerName, callers, type Cast } from './cast.ts';
import { everyName, isHarmless, isListing, type Name, namesNamespace, onlyReads, requestsFor, streams } from './requests.ts';
import { stateOf, type Subject } from './subject.ts';
import type { Outcome, Row } from './table.ts';

let words = 0;

/** What `caller` gets for a row about `subject`: the same, whichever way it asks. */
async function outcomes(cast: Cast, { name, caller, subject, expected }: Asked): Promise<Outcomes> {
  const got = await replies(cast, { name, caller, subject, expected });
  const all = new Set(got.map((reply) => outcomeOf(name, reply, subject)));
  expect(all.size, `${name} for ${caller}, by ${got.length} ways: ${[...all].join(', ')}`).toBe(1);
  return { outcome: [...all][0]!, replies: got };
}

interface Outcomes {
  readonly outcome: number | string;
  readonly replies: readonly Reply[];
}

interface Asked {
  readonly name: Name;
  readonly caller: CallerName;
  readonly subject: Subject;
  /** Whether something of it has to be shown. */
  readonly expected?: boolean | undefined;
}

async function replies(cast: Cast, { name, caller, subject, expected = false }: Asked): Promise<readonly Reply[]> {
  const requests = requestsFor(name, subject, `fresh-${(words += 1)}`);
  if (!requests) throw new Error(`${name} is new: say in requests.ts how to ask for it, and in table.ts who may`);
  const all: Reply[] = [];
  for (const request of requests) all.push(await ask(cast.url, cast.tokens[caller], request, { for: subject.canary, expected }));
  return all;
}

function outcomeOf(name: Name, { status, text }: Reply, subject: Subject): number | string {
  // What the platform of this test cannot do, the answer that nobody gives, and what there is nothing before has passed everybody who could refuse it.
  if (status >= 300 && status !== 501 && status !== 504 && !(status === 409 && text.includes('has no earlier revision'))) return status;
  if (!isListing(name)) return 'ok';
  const names = name === 'organisations.list' || name === 'GET /v1/organisations';
  return text.includes(names ? subject.owner : subject.canary) ? 'ok' : 'none';
}

const shows = (text: string, { canary }: Subject): boolean => text.includes(canary);

export function checkNames(rows: readonly Row[]): void {
  test('every procedure, route and socket has its row, and every row is one of them', () => {
    expect(rows.map(({ name }) => name).toSorted()).toEqual(everyName().toSorted());
  });
}

/** The rows as `ask` is to go through them: those that listen for a while to what says nothing do it side by side. */
export function eachRow(rows: readonly Row[], ask: (row: Row) => void): void {
  describe.concurrent('what streams', () => describe.each(rows.filter(({ name }) => streams(name)))('$name', ask));
  describe.each(rows.filter(({ name }) => !streams(name)))('$name', ask);
}

/** How many rows that may change something are judged together. */
const rowsAtOnce = 8;

/** Nothing of it has changed since this was asked last, or since it was made. Seeing all of it costs more than a row, so several are judged together. */
async function expectSame(cast: Cast, subject: Subject, { name, otherwise }: { readonly name: Name; readonly otherwise: string }): Promise<void> {
  if (onlyReads(name)) return;
  const since = [...(cast.unjudged.get(subject) ?? []), name];
  cast.unjudged.set(subject, since);
  if (since.length >= rowsAtOnce) await expectSameNow(cast, subject, otherwise);
}

async function expectSameNow({ root, states, unjudged }: Cast, subject: Subject, otherwise: string): Promise<void> {
  const [before, now, since] = [states.get(subject), await stateOf(root, subject), unjudged.get(subject) ?? []];
  states.set(subject, now);
  unjudged.delete(subject);
  expect(now, `${otherwise}, by ${since.join(', ')} or by a row among them that only reads`).toBe(before);
}

/** What was done since it was judged last; comes after all rows. */
export function checkRest(cast: () => Cast): void {
  test('the last rows have changed nothing', async () => {
    for (const subject of [cast().own, cast().other]) await expectSameNow(cast(), subject, 'what they may not do was done');
  });
}

/** Which callers are asked as: all, or those whose request is not to change anything. */
export type Asking = 'all' | 'harmless';

/** Each caller gets what its cell says; who is refused has changed nothing. */
export async function checkOwn(cast: Cast, { name, cells }: Row, asking: Asking): Promise<void> {
  const { own } = cast;
  const get = async (caller: CallerName, subject: Subject) => [caller, (await outcomes(cast, { name, caller, subject, expected: cells[caller] === 'ok' })).outcome] as const;
  const [changing, others] = [callers.filter((caller) => changes(name, cells[caller])), callers.filter((caller) => !changes(name, cells[caller]))];
  const got = await Promise.all(others.map(async (caller) => await get(caller, own)));
  await expectSame(cast, own, { name, otherwise: 'what they may not do was done' });
  if (asking === 'all') got.push(...(await Promise.all(changing.map(async (caller) => await get(caller, await cast.another(name))))));
  const asked = Object.entries(cells).filter(([caller]) => asking === 'all' || others.includes(caller as CallerName));
  expect(Object.fromEntries(got)).toEqual(Object.fromEntries(asked));
}

const changes = (name: Name, outcome: Outcome): boolean => outcome === 'ok' && !isHarmless(name);

/** Nobody tells what is another's from what is not there, sees any of it, or changes any. */
export async function checkOther(cast: Cast, name: Name): Promise<void> {
  const { other, missing } = cast;
  await Promise.all(callers.filter((caller) => caller !== 'stranger' && caller !== 'server').map(async (caller) => {
    const get = async (subject: Subject) => await outcomes(cast, { name, caller, subject });
    // What is not there would be there once it is asked for.
    const [foreign, none] = await Promise.all([get(other), namesNamespace(name) ? undefined : get(missing)]);
    for (const { text } of foreign.replies) expect(shows(text, other), `${name} shows ${caller} what is another's: ${text}`).toBe(false);
    if (!none) return expect(foreign.outcome === 'ok' && !foreign.replies.every(({ text }) => text.includes('"allowed":false')), `${name} for ${caller}`).toBe(false);
    expect(foreign.replies.map(plain(other)), `${name} tells ${caller} that there is another's`).toEqual(none.replies.map(plain(missing)));
  }));
  await expectSame(cast, other, { name, otherwise: "what is another's was changed" });
}

/** A reply without what was said in the request, and without what no two replies have in common. */
const plain = (subject: Subject) => ({ status, text }: Reply): Reply => {
  const said = [subject.canary, subject.namespace, subject.hollow, subject.serviceAccount, subject.owner, subject.member, subject.container.id, subject.secret.id, subject.budget.id, subject.processor.id, subject.service.id, subject.snapshot.id, subject.message, subject.key];
  const without = said.reduce((rest, word) => rest.replaceAll(word, '*'), text);
  return { status, text: without.replaceAll(/fresh-\d+|\d{4}-\d\d-\d\dT[\d:.]+Z|"(requestId|position|id|token|key)":"[^"]*"|^id: .*$/gm, '*') };
};

/** Where nothing but the wall is left: whoever comes in sees nothing of another's all the same, and changes none of it. */
export async function checkWall(cast: Cast, name: Name): Promise<void> {
  const { own, other } = cast;
  await Promise.all(callers.filter((caller) => caller !== 'server').map(async (caller) => {
    const foreign = caller === 'stranger' ? own : other;
    for (const { status, text } of await replies(cast, { name, caller, subject: foreign })) {
      expect(shows(text, foreign), `${name} shows ${caller} what is another's: ${text}`).toBe(false);
      expect(status, `${name} for ${caller}: ${text}`).not.toBe(500);
    }
  }));
  for (const subject of [own, other]) await expectSame(cast, subject, { name, otherwise: "what is another's was changed" });
}
