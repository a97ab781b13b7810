import type { AnyProcedure } from '@trpc/server';
import type { Router } from '../contract/router.ts';

/** `containers.get` and every other path of the router whose procedure is of this type. */
export type PathOf<Type extends 'query' | 'mutation' | 'subscription'> = Paths<Record_, Type, ''>;
export type InputOf<Path extends string> = At<Record_, Path> extends { _def: { $types: { input: infer Input } } } ? Input : never;
/** Answers hold nothing that JSON changes, so the server's type is the client's. */
export type OutputOf<Path extends string> = At<Record_, Path> extends { _def: { $types: { output: infer Output } } } ? Output : never;
/** What one step of a subscription carries, without its envelope. */
export type EntryOf<Path extends string> = OutputOf<Path> extends AsyncIterable<infer Step> ? (Step extends { readonly id: string; readonly data: infer Entry } ? Entry : Step) : never;

type Record_ = Router['_def']['record'];
type Paths<R, Type, Prefix extends string> = {
  [Key in keyof R & string]: R[Key] extends AnyProcedure ? (R[Key]['_def']['type'] extends Type ? `${Prefix}${Key}` : never) : Paths<R[Key], Type, `${Prefix}${Key}.`>;
}[keyof R & string];
type At<R, Path extends string> = Path extends `${infer Head}.${infer Rest}` ? (Head extends keyof R ? At<R[Head], Rest> : never) : Path extends keyof R ? R[Path] : never;
