import type { Caller } from '@neb/core-types';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { own, ownRef } from '../inputs.ts';
import type { Ref } from '../services.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a handler finds of its request, checked. */
export interface RestCall<Query = unknown, Body = unknown> {
  readonly who: Caller;
  readonly context: Context;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly signal: AbortSignal;
}

export type Answer =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'stream'; readonly type: string; readonly body: AsyncIterable<Uint8Array | string> }
  | { readonly kind: 'empty' };

/** One method of one path, as the server runs it and the document describes it. */
export interface Route {
  readonly method: Method;
  /** With its parameters in braces: `/v1/containers/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** Answers anyone. */
  readonly open: boolean;
  /** May take as long as the caller likes, and ends with the caller's credential. */
  readonly streams: boolean;
  readonly query: z.ZodObject | undefined;
  /** A schema of JSON, or bytes as they come. */
  readonly body: z.ZodType | 'tar' | undefined;
  /** What the document says the body is, where the schema lets more through. */
  readonly documents: z.ZodType | undefined;
  readonly answers: z.ZodType | 'tar' | undefined;
  run(call: RestCall): Promise<Answer>;
}

export interface RouteSpec<Query extends z.ZodObject, Body extends z.ZodType> {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly open?: boolean;
  readonly query?: Query;
  readonly body?: Body;
  readonly documents?: z.ZodType;
  readonly answers?: z.ZodType;
  /** Answers JSON. */
  readonly json: (call: RestCall<z.output<Query>, z.output<Body>>) => Promise<unknown>;
}

/** A route that takes and answers JSON. */
export function route<Query extends z.ZodObject = z.ZodObject, Body extends z.ZodType = z.ZodUnknown>(spec: RouteSpec<Query, Body>): Route {
  const { json, open = false, query, body, documents, answers, ...facts } = spec;
  return {
    ...facts, open, streams: false, query, body, documents, answers,
    // The handler's types are those of the schemas that `checked` in serve.ts has just applied.
    run: async (call) => ({ kind: 'json', value: await json(call as RestCall<z.output<Query>, z.output<Body>>) }),
  };
}

/** The same route for an object by its id and by its name in a namespace. */
export function byRef(plural: string, make: (path: string) => Route): readonly Route[] {
  return [make(`/v1/${plural}/{id}`), make(`/v1/${plural}/{namespace}/{name}`)];
}

/** The object that a path names. */
export function refOf({ params, who }: RestCall): Ref {
  const { id, namespace, name } = params;
  return id !== undefined ? { id } : ownRef(who, { namespace: namespace ?? '', name: name ?? '' });
}

/** What may follow `?` of a list; all of it is answered at once where no `limit` is given. */
export const listQuery = z.object({
  namespace: z.string().optional().describe('Only of this namespace; "-" is your own.'),
  selector: z.string().optional().describe('Labels, as in app=web,tier!=db.'),
  status: z.string().optional().describe('Only with one of these status words, separated by commas.'),
  limit: z.coerce.number().int().min(1).max(1_000).optional().describe('Most to answer with; the rest follows with `cursor`.'),
  cursor: z.string().optional().describe('`next` of the answer before.'),
});

/** The page that a query asks for, or every page where it sets no limit. */
export async function pages<T>(call: RestCall<z.output<typeof listQuery>>, fetchPage: (input: ListPage) => Promise<{ readonly items: readonly T[]; readonly next?: string | undefined }>): Promise<{ items: T[]; next?: string | undefined }> {
  const { limit, status, ...query } = own(call.who, call.query);
  const input = { ...query, ...(status !== undefined && { statuses: status.split(',') }) };
  if (limit !== undefined) {
    const { items, next } = await fetchPage({ ...input, limit });
    return { items: [...items], next };
  }
  const all: T[] = [];
  for (let cursor = query.cursor; ;) {
    const page = await fetchPage({ ...input, cursor, limit: 1_000 });
    all.push(...page.items);
    if (page.next === undefined) return { items: all };
    cursor = page.next;
  }
}

interface ListPage {
  readonly namespace?: string | undefined;
  readonly selector?: string | undefined;
  readonly statuses?: readonly string[] | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}
