import { type Clock, masker, systemClock } from '@neb/core-types';
import createClient from 'openapi-fetch';
import { z } from 'zod';
import { formatDecimal, parseDecimal } from '../money/decimal.ts';
import { unreadable } from './errors.ts';
import type { UsageEvent } from './event.ts';
import { type Meter, meter, type WantedMeter } from './meters.ts';
import type { operations, paths } from './openapi.ts';
import { sender } from './send.ts';

export interface OpenmeterOptions {
  /** Such as https://openmeter.cloud: without `/api/v1`. */
  readonly url: string;
  /** Absent for an OpenMeter of one's own, which asks for none. */
  readonly apiKey?: string | undefined;
  /** The runtime's own by default. */
  readonly fetch?: typeof fetch | undefined;
  /** The machine's own by default. */
  readonly clock?: Clock | undefined;
  /** How long an answer may take; 30,000 by default. */
  readonly answerMs?: number | undefined;
}

export type MeterQuery = Pick<NonNullable<operations['queryMeter']['parameters']['query']>, 'from' | 'to' | 'windowSize' | 'subject' | 'groupBy' | 'filterGroupBy'>;

/** What a meter counted, of one group. */
export interface MeterRow {
  /** As OpenMeter wrote it, without rounding it further: a decimal string. */
  readonly value: string;
  readonly windowStart: string;
  readonly windowEnd: string;
  readonly subject: string | undefined;
  readonly groupBy: Readonly<Record<string, string | undefined>>;
}

/** The calls of OpenMeter's API that neb makes. Every call ends, with its answer, a NebError without the key in it, or the signal's reason. */
export interface OpenmeterClient {
  /** Once it resolves OpenMeter has them. An event whose source and id it has already changes nothing. `invalid` where at least one cannot be taken; then none is. */
  ingest(events: readonly UsageEvent[], call?: Call): Promise<void>;
  meters(call?: Call): Promise<readonly Meter[]>;
  /** Throws `conflict`, or `invalid`, where its slug is taken. */
  createMeter(wanted: WantedMeter, call?: Call): Promise<void>;
  /** Makes those that are not there; what is there stays. */
  upsertSubjects(keys: readonly string[], call?: Call): Promise<void>;
  query(slug: string, query?: MeterQuery, call?: Call): Promise<readonly MeterRow[]>;
}

type Call = { readonly signal?: AbortSignal | undefined };

const pageSize = 1_000;

export function openmeter({ url, apiKey, fetch = globalThis.fetch, clock = systemClock, answerMs = 30_000 }: OpenmeterOptions): OpenmeterClient {
  const redact = masker(apiKey === undefined ? [] : [apiKey]);
  const api = createClient<paths>({ baseUrl: url.replace(/\/+$/, ''), fetch: sender({ apiKey, fetch, clock, answerMs, redact }) });
  const until = ({ signal }: Call = {}) => ({ signal: signal ?? null });

  async function read<T>(schema: z.ZodType<T>, asked: Promise<{ readonly data?: unknown }>): Promise<T> {
    const { data } = await asked;
    const parsed = schema.safeParse(data);
    if (parsed.success) return parsed.data;
    throw unreadable(JSON.stringify(data) ?? '', redact);
  }

  return {
    async ingest(events, call) {
      const { response } = await api.POST('/api/v1/events', { body: [...events], headers: { 'Content-Type': 'application/cloudevents-batch+json' }, ...until(call) });
      // Whatever stands in between may say that all is well.
      if (response.status !== 204) throw unreadable(`status ${response.status}`, redact);
    },
    async meters(call) {
      const all: Meter[] = [];
      for (let page = 1; ; page++) {
        const some = await read(meterPage, api.GET('/api/v1/meters', { params: { query: { page, pageSize } }, ...until(call) }));
        all.push(...some);
        if (some.length < pageSize) return all;
      }
    },
    async createMeter(wanted, call) {
      await api.POST('/api/v1/meters', { body: wanted, ...until(call) });
    },
    async upsertSubjects(keys, call) {
      for (let at = 0; at < keys.length; at += pageSize) await api.POST('/api/v1/subjects', { body: keys.slice(at, at + pageSize).map((key) => ({ key })), ...until(call) });
    },
    async query(slug, query = {}, call) {
      return (await read(queryResult, api.GET('/api/v1/meters/{meterIdOrSlug}/query', { params: { path: { meterIdOrSlug: slug }, query }, ...until(call) }))).data;
    },
  };
}

// What we read of the replies, and no more; numbers arrive as they were written.
const meterPage = z.array(meter);
const value = z.string().transform((text, context) => {
  const decimal = parseDecimal(text);
  if (decimal) return formatDecimal(decimal);
  context.issues.push({ code: 'custom', message: 'must be a number', input: text });
  return z.NEVER;
});
const queryResult = z.object({
  data: z.array(z.object({
    value, windowStart: z.string(), windowEnd: z.string(), subject: z.string().nullish().transform((text) => text ?? undefined),
    groupBy: z.record(z.string(), z.string().nullable().transform((text) => text ?? undefined)),
  })),
});
