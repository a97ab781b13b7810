// Our gateway with one worker, and one route. The worker is told apart, since who started it does nothing else.
import type { Route } from '@neb/core-types';
import { createGatewayCluster } from '@neb/gateway';

/** What is given to a worker that asks who comes, and counts. */
export interface Metered {
  /** What callers' tokens are signed with. */
  readonly secret: string;
  /** For the facts. */
  readonly folder: string;
}

const [origin = '', secret, folder] = process.argv.slice(2);
const metered: Metered | undefined = secret === undefined || folder === undefined ? undefined : { secret, folder };
const plain: Route = { id: 'bench', kind: 'Service', namespace: 'default', name: 'bench', owner: 'bench', hosts: ['bench.test'], replicas: [{ id: 'one', origin }], holdMs: 10_000, meters: [] };
const guarded: Route = {
  ...plain,
  authz: {
    enabled: true, default_action: 'deny', jwt: { secret_ref: { name: 'signs' } },
    rules: [
      { name: 'no admin', path_match: [{ pattern: '/admin/**' }], allow: false },
      { name: 'members', match: { roles: ['member', 'admin'] }, allow: true },
    ],
  },
  meters: [
    { unit: 'request', currency: 'USD', metric: 'requests' },
    { unit: 'token', currency: 'USD', metric: 'request_value', json_path: '$.max_tokens' },
    { unit: 'token', currency: 'USD', metric: 'response_value', json_path: '$.usage.total_tokens' },
  ],
};
const gateway = await createGatewayCluster({
  listen: { port: 0 }, workers: 1, orphanMs: 100, policy: new URL('./policy.mjs', import.meta.url), data: metered,
  waker: { wake: async () => undefined },
  onTrouble: (error) => process.stderr.write(`${error.message}\n`),
  feed: {
    async *watch({ signal } = {}) {
      yield { put: metered ? guarded : plain };
      yield { synced: true };
      await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    },
  },
});
process.send?.({ port: gateway.address.port, pid: gateway.pids()[0] });
