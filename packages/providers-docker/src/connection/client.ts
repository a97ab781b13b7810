import { Agent, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { NebError } from '@neb/core-types';
import type { z } from 'zod';
import { unreachable } from '../errors.ts';
import { type EngineRequest, type Exchanged, parseJson, send, type Sent, StaleConnection } from './exchange.ts';
import type { Transport } from './transport.ts';

/**
 * The Docker Engine's HTTP API. Every call ends: with its answer, the signal's reason, or a NebError, which is
 * `unavailable` where the engine cannot be reached or does not answer in time.
 */
export interface EngineClient {
  readonly at: string;
  /** The reply, checked against `schema`. */
  json<T>(schema: z.ZodType<T>, request: EngineRequest): Promise<T>;
  /** Resolves once the engine has done it; a 304 ("it was so already") counts as done. */
  done(request: EngineRequest): Promise<void>;
  /** The reply's body as it comes; leaving it early closes the connection. */
  stream(request: EngineRequest): Promise<IncomingMessage>;
  /** Turns the connection into a byte stream of its own, as exec does. */
  upgrade(request: EngineRequest): Promise<Duplex>;
  close(): void;
}

/** Not dockerode: its modem formats every request for a debug log that is off, which costs 21 ms of CPU a request over a shared agent. */
export function engineClient(transport: Transport): EngineClient {
  const pooled = agentOver(transport, true);
  const single = agentOver(transport, false);
  const { at } = transport;

  async function whole(request: EngineRequest): Promise<string> {
    return (await exchange({ ...request, whole: true })).text;
  }

  async function exchange(request: Sent): Promise<Exchanged> {
    try {
      return await send({ agent: pooled, at }, request);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      if (request.upload) throw unreachable(at, error.cause as Error);
      // The other idle connections may be as stale, so a new one.
      return await send({ agent: single, at }, request);
    }
  }

  return {
    at,
    async json(schema, request) {
      const parsed = schema.safeParse(parseJson(await whole(request)));
      if (parsed.success) return parsed.data;
      throw new NebError('unavailable', `what answers at ${at} does not speak as a Docker Engine does`, { cause: parsed.error });
    },
    async done(request) {
      await whole(request);
    },
    async stream(request) {
      return (await exchange(request)).message;
    },
    async upgrade(request) {
      const headers = { ...request.headers, Connection: 'Upgrade', Upgrade: 'tcp' };
      const { socket } = await exchange({ ...request, headers });
      if (socket) return socket;
      throw new NebError('unavailable', `the Docker Engine at ${at} did not open a stream for ${request.path}`);
    },
    close: () => pooled.destroy(),
  };
}

/** A path of escaped parts. */
export function path(strings: TemplateStringsArray, ...parts: readonly string[]): string {
  return String.raw({ raw: strings }, ...parts.map(encodeURIComponent));
}

function agentOver(transport: Transport, keepAlive: boolean): Agent {
  const agent = new Agent({ keepAlive, maxFreeSockets: 16 });
  agent.createConnection = (_options, done) => {
    transport.open().then((stream) => done?.(null, stream), (error: unknown) => done?.(error as Error, undefined as never));
    return undefined;
  };
  return agent;
}
