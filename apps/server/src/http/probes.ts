import type { ServerResponse } from 'node:http';
import { messageOf } from '@neb/core-types';
import type { Metrics } from '../metrics.ts';

export interface Probes {
  readonly version: string;
  readonly metrics: Metrics;
  /** Rejects where the database cannot be reached. */
  readonly ping: () => Promise<void>;
  /** Whether the server is on its way out. */
  readonly isStopping: () => boolean;
}

/** Answers what monitors and people ask without a token: it holds figures, and no names. False where `path` is not one of these. */
export async function probe(path: string, response: ServerResponse, probes: Probes): Promise<boolean> {
  switch (path) {
    case '/': {
      json(response, 200, { name: 'neb', version: probes.version, description: 'Runs containers wherever accelerators are.', api: '/v1/openapi.json' });
      return true;
    }
    case '/health':
    case '/healthz': {
      json(response, 200, { status: 'ok' });
      return true;
    }
    case '/readyz': {
      const why = probes.isStopping() ? 'the server is shutting down' : await probes.ping().then(() => undefined, (error: unknown) => `the database cannot be reached: ${messageOf(error)}`);
      json(response, why === undefined ? 200 : 503, why === undefined ? { status: 'ok' } : { status: 'unavailable', message: why });
      return true;
    }
    case '/metrics': {
      const { type, body } = await probes.metrics.text();
      response.writeHead(200, { 'content-type': type }).end(body);
      return true;
    }
    default: return false;
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
