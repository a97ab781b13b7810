// Our gateway, alone in a process: one route, everybody may pass.
import { createGateway } from '@neb/gateway';

const [origin = ''] = process.argv.slice(2);
const gateway = await createGateway({
  listen: { port: 0 },
  admission: { admit: () => ({ do: 'pass' }) },
  waker: { wake: async () => undefined },
  feed: {
    async *watch({ signal } = {}) {
      yield { put: { id: 'bench', kind: 'Service', namespace: 'default', name: 'bench', owner: 'bench', hosts: ['bench.test'], replicas: [{ id: 'one', origin }], holdMs: 10_000, meters: [] } };
      yield { synced: true };
      await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    },
  },
});
process.send?.(gateway.address.port);
