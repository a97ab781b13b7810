import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';

/** The way of `pg` to have the server keep a statement's plan. */
type Prepare = <R>(statement: { readonly name: string; readonly text: string; readonly values: readonly unknown[] }) => Promise<PostgresQueryResult<R>>;

/**
 * A pool of `pg` in which the server keeps the plan of each statement that begins with a comment of one word, as in
 * `\/*neb_write*\/ select …`; the word names it. Meant for the few statements that run all the time, whose plan
 * does not depend on their parameters.
 */
export function namedQueries(pool: PostgresPool): PostgresPool {
  const faces = new WeakMap<PostgresPoolClient, PostgresPoolClient>();

  return {
    ...(pool.Client && { Client: pool.Client }),
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      // The same face for the same connection: Kysely keeps by it what it knows of a connection.
      const face = faces.get(client) ?? naming(client);
      faces.set(client, face);
      return face;
    },
  };
}

function naming(client: PostgresPoolClient): PostgresPoolClient {
  const query = (text: unknown, values: readonly unknown[] = []): unknown => {
    const name = typeof text === 'string' ? /^\/\*(\w+)\*\//.exec(text)?.[1] : undefined;
    if (name === undefined) return client.query(text as string, values);
    return (client.query as unknown as Prepare).call(client, { name, text: text as string, values });
  };
  return {
    query: query as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy),
    ...(client.processID !== undefined && { processID: client.processID }),
  };
}
