import { z } from 'zod';
import { billInput, billKey, billKeyList, billPage, costTotals, spendingInput, spendings, usageQuery, usageTotals } from '../billing.ts';
import { own } from '../inputs.ts';
import { type Route, route } from './route.ts';

const tag = 'billing';

export const billingRoutes: readonly Route[] = [
  route({
    method: 'GET', path: '/v1/usage', tag, summary: 'What was used, each metric and unit by itself.', query: usageQuery, answers: usageTotals,
    json: async ({ who, context, query: { label: labels, ...query } }) => await context.services.billing.usage(who, own(who, { ...query, labels })),
  }),
  route({
    method: 'GET', path: '/v1/cost', tag, summary: 'What it costs, each currency by itself.', query: usageQuery, answers: costTotals,
    json: async ({ who, context, query: { label: labels, ...query } }) => await context.services.billing.cost(who, own(who, { ...query, labels })),
  }),
  route({
    method: 'POST', path: '/v1/spending', tag, summary: 'What containers, services or processors came to, and what they are on their way to.', body: spendingInput, answers: spendings,
    json: async ({ who, context, body }) => await context.services.billing.spending(who, body),
  }),
  route({
    method: 'GET', path: '/v1/bill', tag, summary: 'The records of a bill, page after page.', query: z.object(billInput.shape), answers: billPage,
    json: async ({ who, context, query }) => await context.services.billing.bill(who, query),
  }),
  route({
    method: 'GET', path: '/.well-known/neb-bill-keys', tag, open: true, summary: 'The public keys that bills are, or were, signed with.', answers: billKeyList,
    json: async ({ context }) => ({ keys: await context.services.billing.keys() }),
  }),
  route({
    method: 'POST', path: '/v1/admin/rotate-bill-key', tag: 'server', summary: 'Has another key sign bills from now on.', answers: billKey,
    json: async ({ who, context }) => await context.services.billing.rotateKey(who),
  }),
];
