import type { Clock, Route, RouteFact } from '@neb/core-types';
import { type MeteredHeaders, type MeterOptions, meterTap } from './meter-tap.ts';

/** What meters see of a request and its answer. */
export interface MeterWatch {
  request(chunk: Uint8Array): void;
  answer(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void;
  data(chunk: Uint8Array): void;
  /** Once, last. */
  end(passed: { readonly complete: boolean }): void;
}

export interface MeterObserverOptions extends MeterOptions {
  readonly clock: Clock;
  /** Gets the facts of each request once it is over, such as a journal's `tell`. */
  readonly tell: (facts: readonly RouteFact[]) => void;
}

/** Counts what passes, where a route has a meter at the door, and never holds it up. */
export function meterObserver({ clock, tell, ...options }: MeterObserverOptions): {
  watch(arrival: { readonly id: string; readonly route: Route; readonly headers: MeteredHeaders }, caller: string | undefined): MeterWatch | undefined;
} {
  const told = (facts: readonly RouteFact[]): void => {
    if (facts.length > 0) tell(facts);
  };
  return {
    watch({ id, route, headers }, caller) {
      const tap = meterTap(route, { id, atMs: clock.now(), caller, headers }, options);
      return tap && {
        request: tap.request,
        answer: (status, fields) => tap.answer(status, { 'content-type': first(fields['content-type']), 'content-encoding': first(fields['content-encoding']) }),
        data: tap.response,
        end({ complete }) {
          const facts = tap.end(complete);
          if (facts instanceof Promise) void facts.then(told);
          else told(facts);
        },
      };
    },
  };
}

const first = (value: string | string[] | undefined): string | undefined => (typeof value === 'string' ? value : value?.[0]);
