import type { Caller } from '@neb/core-types';
import { checkpointInput, forkInput, migrateInput, showSnapshot, suspendInput } from './aside-shapes.ts';
import { ownRef, refInput } from './inputs.ts';
import { objectProcedures } from './objects.ts';
import { showContainer } from './outputs.ts';
import { authed } from './procedure.ts';
import type { Ref } from './services.ts';

/** The procedures about containers that are put aside, forked and moved. */
export const asideProcedures = {
  suspend: authed.input(suspendInput).mutation(async ({ ctx, input }) => showContainer(await ctx.services.aside.suspend(ctx.caller, at(ctx.caller, input)))),
  resume: authed.input(refInput).mutation(async ({ ctx, input }) => showContainer(await ctx.services.aside.resume(ctx.caller, ownRef(ctx.caller, input)))),
  migrate: authed.input(migrateInput).mutation(async ({ ctx, input }) => showContainer(await ctx.services.aside.migrate(ctx.caller, at(ctx.caller, input)))),
  checkpoint: authed.input(checkpointInput).mutation(async ({ ctx, input }) => showSnapshot(await ctx.services.aside.checkpoint(ctx.caller, at(ctx.caller, input)))),
  fork: authed.input(forkInput).mutation(async ({ ctx, input }) => {
    const { snapshot, containers } = await ctx.services.aside.fork(ctx.caller, at(ctx.caller, input));
    return { snapshot: showSnapshot(snapshot), containers: containers.map(showContainer) };
  }),
};

export const snapshotProcedures = objectProcedures((services) => services.snapshots, showSnapshot);

/** `input` with the caller's own namespace where its reference says `-`. */
function at<T extends { readonly ref: Ref }>(caller: Caller, input: T): T {
  return { ...input, ref: ownRef(caller, input.ref) };
}
