import { type AcceleratorCount, type Clock, collect, isNebError, messageWithHint, type Offer, type OfferQuery, type Provider } from '@neb/core-types';

/** What a platform said: its offers, or why it has none to tell. */
export interface Answer {
  readonly missing?: string | undefined;
  readonly offers: readonly Offer[];
}

/** What one platform offers, asked for as seldom as those who want to know can bear. Nothing here throws. */
export interface Glances {
  /** An answer that is not older than `freshMs`; one that says what is missing is not kept, since a person may be waiting for it. */
  fresh(query: OfferQuery, signal: AbortSignal): Promise<Answer>;
  /**
   * For those who have waited already: older answers, to questions that they ask together. However many wait and however
   * different they are, the platform is asked at most eight times in four times `patientMs`, and once more for each new question.
   */
  patient(query: OfferQuery, signal: AbortSignal): Promise<Answer>;
  /** Forgets what was offered, since it turned out not to be so. */
  forget(): void;
}

export interface GlanceOptions {
  readonly clock: Clock;
  readonly freshMs: number;
  readonly patientMs: number;
  /** Told that the platform refuses our credentials. */
  readonly onRefused: (why: string) => void;
}

/** How long those who wait believe that something is missing. */
const missingMs = 10_000;
/** How long a platform that was ready is taken to be so: what no longer is, its offers tell too. */
const readyMs = 60_000;
/** How long a question is asked for who does not repeat it. */
const heardMs = 600_000;

interface Glance {
  readonly at: number;
  readonly forMs: number;
  readonly answer: Promise<Answer>;
}

/** Questions that are asked as one. */
interface Chorus {
  /** When each was heard last. */
  readonly voices: Map<string, { readonly query: OfferQuery; readonly at: number }>;
  glance: (Glance & { readonly covers: ReadonlySet<string> }) | undefined;
}

export function glances(provider: Provider, { clock, freshMs, patientMs, onRefused }: GlanceOptions): Glances {
  const known = new Map<string, Glance>();
  const choruses = new Map<string, Chorus>();
  let readyUntil = 0;
  /** What was missing last: of the platform, whoever asks for what. */
  let lack: { readonly missing: string; readonly at: number } | undefined;

  const isYoung = ({ at, forMs }: Pick<Glance, 'at' | 'forMs'>): boolean => clock.now() - at >= 0 && clock.now() - at < forMs;

  return {
    fresh(query, signal) {
      for (const [key, glance] of known) if (!isYoung(glance)) known.delete(key);
      const key = JSON.stringify(query);
      const before = known.get(key);
      if (before) return before.answer;
      const glance = { at: clock.now(), forMs: freshMs, answer: ask(query, signal) };
      known.set(key, glance);
      void glance.answer.then(({ missing }) => { if (missing !== undefined && known.get(key) === glance) known.delete(key); });
      return glance.answer;
    },
    patient(query, signal) {
      const now = clock.now();
      const key = JSON.stringify(query);
      const chorus: Chorus = choruses.get(chorusOf(query)) ?? { voices: new Map(), glance: undefined };
      choruses.set(chorusOf(query), chorus);
      chorus.voices.set(key, { query, at: now });
      const { glance } = chorus;
      if (lack && isYoung({ ...lack, forMs: missingMs })) return Promise.resolve({ missing: lack.missing, offers: [] });
      if (glance && isYoung(glance) && glance.covers.has(key)) return glance.answer;
      hush(now);
      const next: Chorus['glance'] = { at: now, forMs: Math.max(patientMs, choruses.size * (patientMs / 2)), covers: new Set(chorus.voices.keys()), answer: ask(inOne([...chorus.voices.values()].map((one) => one.query)), signal) };
      chorus.glance = next;
      void next.answer.then(({ missing }) => { if (missing !== undefined && chorus.glance === next) chorus.glance = undefined; });
      return next.answer;
    },
    forget() {
      // Those who have waited know of what was refused already, and that rests by itself.
      known.clear();
    },
  };

  function hush(now: number): void {
    for (const [name, { voices }] of choruses) {
      for (const [key, { at }] of voices) if (Math.abs(now - at) > heardMs) voices.delete(key);
      if (voices.size === 0) choruses.delete(name);
    }
  }

  async function ask(query: OfferQuery, signal: AbortSignal): Promise<Answer> {
    const answer = await answerTo(query, signal);
    lack = answer.missing === undefined ? undefined : { missing: answer.missing, at: clock.now() };
    return answer;
  }

  async function answerTo(query: OfferQuery, signal: AbortSignal): Promise<Answer> {
    try {
      if (clock.now() >= readyUntil || readyUntil > clock.now() + readyMs) {
        const missing = await provider.readiness?.({ signal });
        if (missing !== undefined) return { missing, offers: [] };
        readyUntil = clock.now() + readyMs;
      }
      return { offers: await collect(provider.offers(query, { signal })) };
    } catch (error) {
      readyUntil = 0;
      const missing = messageWithHint(error);
      if (isNebError(error, 'unauthorized')) onRefused(missing);
      return { missing, offers: [] };
    }
  }
}

/** Whose questions can be asked as one without anybody being offered more accelerators than it asked for. */
function chorusOf({ accelerators, spot }: OfferQuery): string {
  const counts = new Set(accelerators?.map(({ count }) => count));
  return `${counts.size <= 1 ? [...counts].join() : JSON.stringify(accelerators)} ${spot}`;
}

/** One question whose answer answers them all. */
function inOne(queries: readonly OfferQuery[]): OfferQuery {
  const [{ spot } = {}] = queries;
  const wanted = new Map<string, AcceleratorCount>(queries.flatMap(({ accelerators = [] }) => accelerators.map((one) => [`${one.count}:${one.name}`, one])));
  const anywhere = queries.some(({ regions }) => regions === undefined);
  return { accelerators: [...wanted.values()], spot, regions: anywhere ? undefined : [...new Set(queries.flatMap(({ regions = [] }) => regions))] };
}
