import { secretManifest } from '@neb/core-types';
import { z } from 'zod';
import { revealed } from '../outputs.ts';
import { looseBody, shownList, writeLoosely } from './objects.ts';
import { byRef, listQuery, refOf, type Route, route } from './route.ts';
import { restSecret, secretShape } from './shapes.ts';

const tag = 'secrets';

/** Bare lists, as the original's; but a value is only told by `reveal`, where the original told it in every answer. */
export const secretRoutes: readonly Route[] = [
  route({
    method: 'GET', path: '/v1/secrets', tag, summary: 'Lists secrets, without their values.', query: listQuery, answers: z.array(restSecret),
    json: async (call) => (await shownList(call, call.context.services.secrets, secretShape)).items,
  }),
  route({
    method: 'POST', path: '/v1/secrets', tag, summary: 'Creates a secret.', body: looseBody, documents: secretManifest, answers: restSecret,
    json: async (call) => secretShape(await writeLoosely(call, { kind: 'Secret', mode: 'create', objects: call.context.services.secrets })),
  }),
  ...byRef('secrets', (path) =>
    route({ method: 'GET', path, tag, summary: 'Shows a secret, without its value.', answers: restSecret, json: async (call) => secretShape(await call.context.services.secrets.get(call.who, refOf(call))) })),
  ...byRef('secrets', (path) =>
    route({
      method: 'PUT', path, tag, summary: 'Gives a secret a new value.', body: looseBody, documents: secretManifest, answers: restSecret,
      json: async (call) => {
        const { secrets } = call.context.services;
        const { metadata: { name, namespace } } = await secrets.get(call.who, refOf(call));
        return secretShape(await writeLoosely(call, { kind: 'Secret', mode: 'apply', objects: secrets, metadata: { name, namespace } }));
      },
    })),
  ...byRef('secrets', (path) =>
    route({ method: 'DELETE', path, tag, summary: 'Asks for a secret\'s deletion.', answers: restSecret, json: async (call) => secretShape(await call.context.services.secrets.delete(call.who, refOf(call))) })),
  ...byRef('secrets', (path) =>
    route({ method: 'POST', path: `${path}/reveal`, tag, summary: 'Tells a secret\'s value.', answers: revealed, json: (call) => call.context.services.secrets.reveal(call.who, refOf(call)) })),
];
