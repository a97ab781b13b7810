import type { Page } from '@neb/core-types';
import { ownRef, refInput } from './inputs.ts';
import { never, objectProcedures } from './objects.ts';
import { shownBy } from './outputs.ts';
import { authed, resumable } from './procedure.ts';
import {
  answersInput, deadLetterPage, deadLettersInput, healthInput, messagePage, processorExplanation, processorHealth, purged, readInput, replayed, scaleInput, sendInput, sentMessage, showProcessor,
} from './processor-shapes.ts';
import type { DeadLetter, ProcessorExplanation, ProcessorHealth, SentMessage, StreamMessage } from './processors.ts';
import type { Ref } from './services.ts';

/** The procedures about processors and the messages in their streams. */
export const processorProcedures = {
  ...objectProcedures((services) => services.processors, showProcessor),
  send: authed.input(sendInput).output(shownBy<readonly SentMessage[]>(sentMessage.array())).mutation(({ ctx, input }) => ctx.services.processors.send(ctx.caller, at(ctx, input))),
  answers: authed.input(answersInput).subscription(({ ctx, input: { lastEventId, ...input }, path, signal = never }) => {
    const query = { ...at(ctx, input), after: lastEventId ?? input.after };
    return resumable({ context: ctx, path, signal }, (good) => ctx.services.processors.answers(ctx.caller, query, good));
  }),
  read: authed.input(readInput).output(shownBy<Page<StreamMessage>>(messagePage)).query(({ ctx, input }) => ctx.services.processors.read(ctx.caller, at(ctx, input))),
  deadLetters: authed.input(readInput).output(shownBy<Page<DeadLetter>>(deadLetterPage)).query(({ ctx, input }) => ctx.services.processors.deadLetters(ctx.caller, at(ctx, input))),
  replay: authed.input(deadLettersInput).output(replayed).mutation(({ ctx, input }) => ctx.services.processors.replay(ctx.caller, at(ctx, input))),
  purge: authed.input(deadLettersInput).output(purged).mutation(({ ctx, input }) => ctx.services.processors.purge(ctx.caller, at(ctx, input))),
  health: authed.input(healthInput).output(shownBy<ProcessorHealth>(processorHealth)).query(({ ctx, input, signal = never }) => ctx.services.processors.health(ctx.caller, at(ctx, input), signal)),
  scale: authed.input(scaleInput).mutation(async ({ ctx, input }) => showProcessor(await ctx.services.processors.scale(ctx.caller, at(ctx, input)))),
  explain: authed.input(refInput).output(shownBy<ProcessorExplanation>(processorExplanation)).query(({ ctx, input }) => ctx.services.processors.explain(ctx.caller, ownRef(ctx.caller, input))),
};

/** `input` with the caller's own namespace where its reference says `-`. */
function at<T extends { readonly ref: Ref }>({ caller }: { readonly caller: Parameters<typeof ownRef>[0] }, input: T): T {
  return { ...input, ref: ownRef(caller, input.ref) };
}
