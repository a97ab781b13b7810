import { budgetManifest } from '@neb/core-types';
import { z } from 'zod';
import { looseBody, shownList, writeLoosely } from './objects.ts';
import { byRef, listQuery, refOf, type Route, route } from './route.ts';
import { budgetShape, restBudget } from './shapes.ts';

const tag = 'budgets';

export const budgetRoutes: readonly Route[] = [
  route({
    method: 'GET', path: '/v1/budgets', tag, summary: 'Lists budgets, with what is spent of them.', query: listQuery, answers: z.array(restBudget),
    json: async (call) => (await shownList(call, call.context.services.budgets, budgetShape)).items,
  }),
  route({
    method: 'POST', path: '/v1/budgets', tag, summary: 'Creates a budget.', body: looseBody, documents: budgetManifest, answers: restBudget,
    json: async (call) => budgetShape(await writeLoosely(call, { kind: 'Budget', mode: 'create', objects: call.context.services.budgets })),
  }),
  ...byRef('budgets', (path) =>
    route({ method: 'GET', path, tag, summary: 'Shows a budget, with what is spent of it.', answers: restBudget, json: async (call) => budgetShape(await call.context.services.budgets.get(call.who, refOf(call))) })),
  ...byRef('budgets', (path) =>
    route({
      method: 'PUT', path, tag, summary: 'Changes a budget.', body: looseBody, documents: budgetManifest, answers: restBudget,
      json: async (call) => {
        const { budgets } = call.context.services;
        const { metadata: { name, namespace } } = await budgets.get(call.who, refOf(call));
        return budgetShape(await writeLoosely(call, { kind: 'Budget', mode: 'apply', objects: budgets, metadata: { name, namespace } }));
      },
    })),
  ...byRef('budgets', (path) =>
    route({ method: 'DELETE', path, tag, summary: 'Asks for a budget\'s deletion.', answers: restBudget, json: async (call) => budgetShape(await call.context.services.budgets.delete(call.who, refOf(call))) })),
];
