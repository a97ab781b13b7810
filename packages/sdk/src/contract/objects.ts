import { own, ownRef, listInput, refInput, watchInput } from './inputs.ts';
import { listed, type Show, watched } from './outputs.ts';
import { authed, resumable } from './procedure.ts';
import type { Objects, Services, Watched } from './services.ts';

/** The procedures that every kind has. */
export function objectProcedures<T>(of: (services: Services) => Objects<T>, show: Show<T>) {
  return {
    list: authed.input(listInput).output(listed(show)).query(({ ctx, input }) => of(ctx.services).list(ctx.caller, own(ctx.caller, input))),
    get: authed.input(refInput).query(async ({ ctx, input }) => show(await of(ctx.services).get(ctx.caller, ownRef(ctx.caller, input)))),
    delete: authed.input(refInput).mutation(async ({ ctx, input }) => show(await of(ctx.services).delete(ctx.caller, ownRef(ctx.caller, input)))),
    watch: authed.input(watchInput).subscription(({ ctx, input, path, signal = never }) => {
      const { lastEventId, ...query } = own(ctx.caller, input);
      const changes = (good: AbortSignal): AsyncIterable<Watched<T>> => of(ctx.services).watch(ctx.caller, { ...query, after: lastEventId ?? query.after }, good);
      return resumable({ context: ctx, path, signal }, (good) => shownEach(changes(good), show));
    }),
  };
}

/** For calls in process, which nobody can cut off. */
export const never: AbortSignal = new AbortController().signal;

async function* shownEach<T>(changes: AsyncIterable<Watched<T>>, show: Show<T>): AsyncGenerator<Watched<T>> {
  for await (const change of changes) yield watched(change, show);
}
