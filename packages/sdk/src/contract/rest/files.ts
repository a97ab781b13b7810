import { z } from 'zod';
import { byRef, refOf, type Route } from './route.ts';

const tag = 'containers';
const pathQuery = z.object({ path: z.string().min(1).describe('A path inside the container.') });
const tar = 'application/x-tar';

/** Copying in and out, as tar. An answer that breaks off is cut, so that nobody takes half for the whole. */
export const fileRoutes: readonly Route[] = [
  ...byRef('containers', (path): Route => ({
    method: 'GET', path: `${path}/files`, tag, summary: 'A tar of what is at a path.', open: false, streams: true, query: pathQuery, body: undefined, documents: undefined, answers: 'tar',
    run: async (call) => {
      const { path: from } = call.query as z.output<typeof pathQuery>;
      return { kind: 'stream', type: tar, body: await call.context.services.containers.readFiles(call.who, refOf(call), from) };
    },
  })),
  ...byRef('containers', (path): Route => ({
    method: 'PUT', path: `${path}/files`, tag, summary: 'Unpacks a tar into a directory that exists.', open: false, streams: true, query: pathQuery, body: 'tar', documents: undefined, answers: undefined,
    run: async (call) => {
      const { path: to } = call.query as z.output<typeof pathQuery>;
      await call.context.services.containers.writeFiles(call.who, refOf(call), to, call.body as AsyncIterable<Uint8Array>);
      return { kind: 'empty' };
    },
  })),
];
