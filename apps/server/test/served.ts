import { systemClock, systemRandom } from '@neb/core-types';
import { bearerOf, localToken } from '../src/auth/authenticate.ts';
import { doors } from '../src/http/doors.ts';
import { stranger } from '../src/http/gate.ts';
import { type HttpServer, listen } from '../src/http/server.ts';
import { sockets } from '../src/http/sockets.ts';
import { makeLog } from '../src/log.ts';
import { metrics } from '../src/metrics.ts';
import { secretText } from '../src/secrets/secret-text.ts';
import { type Stage, stage, type StageOptions } from './stage.ts';

export const token = 'right-right-right-right';

export interface Served extends Stage {
  readonly url: string;
  readonly port: number;
  readonly http: HttpServer;
  /** What was logged, at the level debug. */
  readonly logged: string[];
  /** A request with the right token, unless `init` says otherwise. */
  ask(path: string, init?: RequestInit): Promise<Response>;
}

export interface ServedOptions extends StageOptions {
  readonly port?: number;
  readonly host?: string;
  readonly corsOrigins?: readonly string[];
  readonly maxBodyBytes?: number;
  readonly headMs?: number;
  readonly bodyMs?: number;
  /** Serves this one instead of a new one, and does not end it. */
  readonly on?: Stage;
}

/** The services behind real HTTP on a free port. */
export async function served(options: ServedOptions = {}): Promise<Served> {
  const { host = '127.0.0.1', port = 0, corsOrigins = [], maxBodyBytes = 1_000_000, headMs, bodyMs, on } = options;
  const inside = on ?? stage(options);
  const logged: string[] = [];
  const gate = { host, allowedHosts: [], corsOrigins };
  const ways = doors({
    gate, services: inside.api, version: '1.2.3', metrics: metrics(inside.store), clock: systemClock, random: systemRandom, maxBodyBytes, bodyMs,
    log: makeLog({ level: 'debug', format: 'json', out: { write: (line) => void logged.push(line) } }),
    authenticate: bearerOf(localToken(secretText(token), 'root')), ping: async () => {}, isStopping: () => false,
  });
  const http = await listen(ways, sockets({ context: (request) => ways.context(request), stranger: ({ headers }) => stranger(gate, headers) }), { host, port, headMs });
  const url = `http://127.0.0.1:${http.port}`;
  return {
    ...inside,
    url, http, logged, port: http.port,
    ask: (path, init = {}) => fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } }),
    async [Symbol.asyncDispose]() {
      const closed = http.close();
      http.destroy();
      await closed;
      if (!on) await inside[Symbol.asyncDispose]();
    },
  };
}
