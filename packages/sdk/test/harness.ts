import { onTestFinished } from 'vitest';
import { createNeb, type Neb, type NebOptions } from '../src/index.ts';
import { type Memory, memoryServices } from './memory-services.ts';
import { type TestServer, testServer, token } from './server.ts';

export interface Harness extends Memory {
  readonly server: TestServer;
  readonly neb: Neb;
  /** A client of the same server with other options. */
  client(options: Partial<NebOptions>): Neb;
}

/** A server of its own for one test, and a client of it. */
export async function harness(): Promise<Harness> {
  const memory = memoryServices();
  const server = await testServer(memory.services);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const client = (options: Partial<NebOptions>): Neb => createNeb({ url: server.url, token, retry: { delayMs: 5 }, ...options });
  return { ...memory, server, neb: client({}), client };
}
