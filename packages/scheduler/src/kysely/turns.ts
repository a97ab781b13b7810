import type { DatabaseConnection, Dialect, Driver } from 'kysely';

/**
 * A dialect of one connection, lent to one user at a time. Kysely's for PGlite lends its only one to everybody at once:
 * what others ask meanwhile would run inside of somebody's transaction.
 */
export function takingTurns(dialect: Dialect): Dialect {
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createDriver: () => oneAtATime(dialect.createDriver()),
  };
}

function oneAtATime(driver: Driver): Driver {
  let last = Promise.resolve();
  const leave = new WeakMap<DatabaseConnection, () => void>();
  return new Proxy(driver, {
    get(target, property) {
      if (property === 'acquireConnection') return acquire;
      if (property === 'releaseConnection') return release;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

  async function acquire(...options: Parameters<Driver['acquireConnection']>): Promise<DatabaseConnection> {
    const turn = Promise.withResolvers<void>();
    const before = last;
    last = turn.promise;
    await before;
    try {
      const connection = await driver.acquireConnection(...options);
      leave.set(connection, turn.resolve);
      return connection;
    } catch (error) {
      turn.resolve();
      throw error;
    }
  }

  async function release(connection: DatabaseConnection): Promise<void> {
    try {
      await driver.releaseConnection(connection);
    } finally {
      leave.get(connection)?.();
    }
  }
}
