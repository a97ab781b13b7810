import { z } from 'zod';
import { ownRef, refInput } from './inputs.ts';
import { objectProcedures } from './objects.ts';
import { shownBy } from './outputs.ts';
import { authed } from './procedure.ts';
import { doorKey, doorKeyInput, doorKeyRef, newDoorKey, rolloutView, serviceExplanation, serviceScaleInput, showService, undoInput } from './service-shapes.ts';
import type { DoorKeyView, NewDoorKeyView, RolloutView, ServiceExplanation } from './service-verbs.ts';

/** The procedures about services and what is rolled out of them. */
export const serviceProcedures = {
  ...objectProcedures((services) => services.services, showService),
  scale: authed.input(serviceScaleInput).mutation(async ({ ctx, input }) => showService(await ctx.services.services.scale(ctx.caller, { ...input, ref: ownRef(ctx.caller, input.ref) }))),
  explain: authed.input(refInput).output(shownBy<ServiceExplanation>(serviceExplanation)).query(({ ctx, input }) => ctx.services.services.explain(ctx.caller, ownRef(ctx.caller, input))),
  rollout: authed.input(refInput).output(shownBy<RolloutView>(rolloutView)).query(({ ctx, input }) => ctx.services.services.rollout(ctx.caller, ownRef(ctx.caller, input))),
  undo: authed.input(undoInput).mutation(async ({ ctx, input }) => showService(await ctx.services.services.undo(ctx.caller, { ...input, ref: ownRef(ctx.caller, input.ref) }))),
  restart: authed.input(refInput).mutation(async ({ ctx, input }) => showService(await ctx.services.services.restart(ctx.caller, ownRef(ctx.caller, input)))),
  createKey: authed.input(doorKeyInput).output(shownBy<NewDoorKeyView>(newDoorKey)).mutation(({ ctx, input }) => ctx.services.services.createKey(ctx.caller, { ...input, ref: ownRef(ctx.caller, input.ref) })),
  keys: authed.input(refInput).output(shownBy<readonly DoorKeyView[]>(z.array(doorKey))).query(({ ctx, input }) => ctx.services.services.keys(ctx.caller, ownRef(ctx.caller, input))),
  revokeKey: authed.input(doorKeyRef).output(shownBy<DoorKeyView>(doorKey)).mutation(({ ctx, input }) => ctx.services.services.revokeKey(ctx.caller, { ...input, ref: ownRef(ctx.caller, input.ref) })),
};
