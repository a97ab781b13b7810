import { afterAll, beforeAll, describe } from 'vitest';
import { postgresCases } from './postgres-cases.ts';
import { kyselyGround } from './kysely-ground.ts';
import { startCluster, type TestCluster } from './postgres-cluster.ts';
import { reachPostgres } from './reach.ts';
import { replicaCases, storeSuites } from './suites.ts';

/** All suites on a PostgreSQL whose programs are in the folder `binaries`. */
export function postgresSuites(name: string, binaries: () => Promise<string>): void {
  describe(name, () => {
    let server: TestCluster;
    let reach: ReturnType<typeof reachPostgres>;
    beforeAll(async () => {
      // What these suites look at does not depend on the disk, which is slow.
      server = await startCluster(await binaries(), ['synchronous_commit=off']);
      reach = reachPostgres(server.host);
    });
    afterAll(async () => {
      await reach[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });
    const ground = kyselyGround({ main: () => reach, another: async () => reachPostgres(server.host) });
    storeSuites(ground);
    replicaCases(ground);
    postgresCases(ground, { server: () => server, pool: () => reach.pool });
  });
}
