import { type AuditVerdict, auditVerdict, type Caller, type Problem } from '@neb/core-types';
import { z } from 'zod';
import { billInput, type BillKey, billKey, type BillPage, billPage, type CostTotal, costTotals, spendingInput, type Spendings, spendings, type Totals, usageInput, type UsageTotal, usageTotals } from './billing.ts';
import { asideProcedures, snapshotProcedures } from './aside-router.ts';
import { identityProcedures } from './identity-router.ts';
import { applyInput, auditInput, auditRecordsInput, checkInput, eventsInput, logsInput, offersInput, own, ownRef, quotasInput, refInput, rowsInput, setQuotaInput, watchEventsInput } from './inputs.ts';
import { never, objectProcedures } from './objects.ts';
import {
  applied, auditPage, eventPage, explanation, keyRotation, listed, offersOutput, platform, problem, quotaView, revealed, showBudget, showContainer, showContainerRow, shownBy, showNamespace, showSecret, usage, version, whoami,
} from './outputs.ts';
import { type OpenmeterRetry, openmeterRetry, type OpenmeterStatus, openmeterStatus, type OpenmeterSync, openmeterSync } from './openmeter.ts';
import { authed, open, resumable, routerOf } from './procedure.ts';
import { processorProcedures } from './processor-router.ts';
import { serviceProcedures } from './service-router.ts';
import type { QuotaView } from './administration.ts';
import type { OffersView, PlatformView } from './places.ts';
import type { Applied, EventEntry, Explanation } from './services.ts';

/** Every call of the API, over `Services`. What the caller may not see is `not_found`. */
export const router = routerOf({
  version: open.output(version).query(({ ctx }) => ctx.services.version()),
  whoami: authed.output(shownBy<Caller>(whoami)).query(({ ctx }) => ctx.caller),

  // `apply` is a name that tRPC keeps to itself.
  manifests: routerOf({
    write: authed.input(applyInput).output(shownBy<readonly Applied[]>(z.array(applied))).mutation(({ ctx, input }) => ctx.services.apply(ctx.caller, input)),
    // A mutation for its size only: manifests do not fit into a URL.
    check: authed.input(checkInput).output(shownBy<readonly (readonly Problem[])[]>(z.array(z.array(problem)))).mutation(({ ctx, input }) => ctx.services.check(input.manifests)),
  }),

  containers: routerOf({
    ...objectProcedures((services) => services.containers, showContainer),
    rows: authed.input(rowsInput).output(listed(showContainerRow)).query(({ ctx, input }) => ctx.services.containers.rows(ctx.caller, own(ctx.caller, input))),
    usage: authed.input(refInput).output(usage).query(({ ctx, input }) => ctx.services.containers.usage(ctx.caller, ownRef(ctx.caller, input))),
    explain: authed
      .input(refInput)
      .output(shownBy<Explanation>(explanation))
      .query(({ ctx, input }) => ctx.services.containers.explain(ctx.caller, ownRef(ctx.caller, input))),
    ...asideProcedures,
    logs: authed.input(logsInput).subscription(({ ctx, input: { lastEventId, ...input }, path, signal = never }) => {
      const query = { ...input, ref: ownRef(ctx.caller, input.ref), after: lastEventId ?? input.after };
      return resumable({ context: ctx, path, signal }, (good) => ctx.services.containers.logs(ctx.caller, query, good));
    }),
  }),

  budgets: routerOf(objectProcedures((services) => services.budgets, showBudget)),

  namespaces: routerOf(objectProcedures((services) => services.namespaces, showNamespace)),

  secrets: routerOf({
    ...objectProcedures((services) => services.secrets, showSecret),
    reveal: authed.input(refInput).output(revealed).mutation(({ ctx, input }) => ctx.services.secrets.reveal(ctx.caller, ownRef(ctx.caller, input))),
  }),

  processors: routerOf(processorProcedures),

  services: routerOf(serviceProcedures),

  snapshots: routerOf(snapshotProcedures),

  events: routerOf({
    list: authed.input(eventsInput).output(eventPage).query(async ({ ctx, input }) => {
      const page = await ctx.services.events(ctx.caller, own(ctx.caller, input));
      return { ...page, items: [...page.items] };
    }),
    watch: authed.input(watchEventsInput).subscription(({ ctx, input, path, signal = never }) => {
      const { lastEventId, ...query } = own(ctx.caller, input);
      return resumable<EventEntry>({ context: ctx, path, signal }, (good) => ctx.services.watchEvents(ctx.caller, { ...query, after: lastEventId ?? query.after }, good));
    }),
  }),

  audit: routerOf({
    list: authed.input(auditInput).output(auditPage).query(async ({ ctx, input }) => {
      const page = await ctx.services.audit.list(ctx.caller, own(ctx.caller, input));
      return { ...page, items: [...page.items] };
    }),
    records: authed.input(auditRecordsInput).subscription(({ ctx, input: { lastEventId, after }, path, signal = never }) =>
      resumable({ context: ctx, path, signal }, (good) => ctx.services.audit.records(ctx.caller, { after: lastEventId ?? after }, good))),
    verify: authed.output(shownBy<AuditVerdict>(auditVerdict)).query(({ ctx }) => ctx.services.audit.verify(ctx.caller)),
  }),

  billing: routerOf({
    usage: authed.input(usageInput).output(shownBy<Totals<UsageTotal>>(usageTotals)).query(({ ctx, input }) => ctx.services.billing.usage(ctx.caller, own(ctx.caller, input))),
    cost: authed.input(usageInput).output(shownBy<Totals<CostTotal>>(costTotals)).query(({ ctx, input }) => ctx.services.billing.cost(ctx.caller, own(ctx.caller, input))),
    // A mutation for its size only.
    spending: authed.input(spendingInput).output(shownBy<Spendings>(spendings)).mutation(({ ctx, input }) => ctx.services.billing.spending(ctx.caller, input)),
    bill: authed.input(billInput).output(shownBy<BillPage>(billPage)).query(({ ctx, input }) => ctx.services.billing.bill(ctx.caller, input)),
    keys: open.output(shownBy<readonly BillKey[]>(z.array(billKey))).query(({ ctx }) => ctx.services.billing.keys()),
  }),

  ...identityProcedures,

  quotas: routerOf({
    list: authed.input(quotasInput).output(shownBy<readonly QuotaView[]>(z.array(quotaView))).query(({ ctx, input }) => ctx.services.quotas.list(ctx.caller, input)),
    set: authed.input(setQuotaInput).output(shownBy<QuotaView>(quotaView)).mutation(({ ctx, input }) => ctx.services.quotas.set(ctx.caller, input)),
  }),

  admin: routerOf({
    rotateKey: authed.output(keyRotation).mutation(({ ctx }) => ctx.services.admin.rotateKey(ctx.caller)),
    rotateBillKey: authed.output(shownBy<BillKey>(billKey)).mutation(({ ctx }) => ctx.services.billing.rotateKey(ctx.caller)),
    openmeterStatus: authed.output(shownBy<OpenmeterStatus>(openmeterStatus)).query(({ ctx }) => ctx.services.openmeter.status(ctx.caller)),
    openmeterRetry: authed.output(shownBy<OpenmeterRetry>(openmeterRetry)).mutation(({ ctx }) => ctx.services.openmeter.retry(ctx.caller)),
    openmeterSync: authed.output(shownBy<OpenmeterSync>(openmeterSync)).mutation(({ ctx }) => ctx.services.openmeter.sync(ctx.caller)),
  }),

  platforms: routerOf({
    list: authed.output(shownBy<readonly PlatformView[]>(z.array(platform))).query(({ ctx }) => ctx.services.platforms(ctx.caller)),
  }),
  offers: routerOf({
    list: authed.input(offersInput).output(shownBy<OffersView>(offersOutput)).query(({ ctx, input }) => ctx.services.offers(ctx.caller, input)),
  }),
});

/** What a client needs of the server: the type alone. */
export type Router = typeof router;
