// Starts a gateway of one worker for the route it is told, says where it is, and waits to be killed.
import { createGatewayCluster } from '../src/index.ts';
import { aRoute, handFeed } from './rig.ts';

const [origin = '', orphanMs = '0'] = process.argv.slice(2);
const gateway = await createGatewayCluster({
  feed: handFeed(aRoute('a', [origin])), listen: { port: 0 }, workers: 1, policy: new URL('./cluster-policy.ts', import.meta.url), orphanMs: Number(orphanMs),
  waker: { wake: async () => undefined },
});
process.send?.({ address: gateway.address, pids: gateway.pids() });
