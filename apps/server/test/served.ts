import { type Rate, systemClock, systemRandom } from '@neb/core-types';
import { type Authenticate, bearerOf, localToken } from '../src/auth/authenticate.ts';
import type { CertificateFiles } from '../src/http/certificate.ts';
import { doors } from '../src/http/doors.ts';
import { stranger } from '../src/http/gate.ts';
import { limits } from '../src/http/limits.ts';
import { type HttpServer, listen } from '../src/http/server.ts';
import { sockets } from '../src/http/sockets.ts';
import type { WhileGood } from '../src/http/staying.ts';
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
  readonly rate?: Rate;
  /** Who else than the holder of the token may come in. */
  readonly authenticate?: Authenticate;
  readonly whileGood?: WhileGood;
  readonly tls?: CertificateFiles;
  readonly onBadCertificate?: (error: unknown) => void;
  /** Serves this one instead of a new one, and does not end it. */
  readonly on?: Stage;
}

/** The services behind real HTTP on a free port. */
export async function served(options: ServedOptions = {}): Promise<Served> {
  const { host = '127.0.0.1', port = 0, corsOrigins = [], maxBodyBytes = 1_000_000, headMs, bodyMs, rate, authenticate = async () => undefined, whileGood, tls, onBadCertificate, on } = options;
  const inside = on ?? stage(options);
  const logged: string[] = [];
  const gate = { host, allowedHosts: [], corsOrigins };
  const figures = metrics(inside.store);
  const local = localToken(secretText(token), 'root');
  const ways = doors({
    gate, services: inside.api, version: '1.2.3', metrics: figures, charge: limits({ rate, clock: systemClock, onLimited: figures.onLimited }), clock: systemClock, random: systemRandom, maxBodyBytes, bodyMs,
    log: makeLog({ level: 'debug', format: 'json', out: { write: (line) => void logged.push(line) } }),
    authenticate: async (headers) => (await bearerOf(local)(headers)) ?? authenticate(headers), whileGood, ping: async () => {}, isStopping: () => false,
  });
  const http = await listen(ways, sockets({ context: (request) => ways.context(request), stranger: ({ headers }) => stranger(gate, headers) }), { host, port, headMs, tls, renewalMs: 20, onBadCertificate });
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${http.port}`;
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
