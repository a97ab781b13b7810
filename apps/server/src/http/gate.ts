import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { newId, type Random } from '@neb/core-types';

export interface GateOptions {
  /** The address the server listens on. */
  readonly host: string;
  /** Further names under which it may be reached. */
  readonly allowedHosts: readonly string[];
  /** Origins whose pages may call it. */
  readonly corsOrigins: readonly string[];
}

/**
 * Why a request may not come in, whoever sent it; `undefined` where it may. A server on loopback answers to loopback's own
 * names only: else any web page could point a name of its own at 127.0.0.1 and read what it answers.
 */
export function stranger({ host, allowedHosts }: GateOptions, headers: IncomingMessage['headers']): string | undefined {
  if (!isLoopback(host)) return undefined;
  const name = hostName(headers.host);
  if (name !== undefined && (isLoopback(name) || [host, ...allowedHosts].includes(name))) return undefined;
  return `this server does not answer to the name "${name ?? ''}"`;
}

/** The host that an address names, an IPv6 address without its brackets. */
export function hostOf(url: string): string {
  return new URL(url).hostname.replaceAll(/[[\]]/g, '');
}

/** The headers that let a page of an allowed origin read the answer; none for any other. */
export function corsHeaders({ corsOrigins }: GateOptions, headers: IncomingMessage['headers']): Readonly<Record<string, string>> {
  const { origin } = headers;
  if (origin === undefined || !corsOrigins.includes(origin)) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': 'authorization, content-type, last-event-id, trpc-accept',
    'access-control-expose-headers': 'x-request-id',
    'access-control-max-age': '600',
    vary: 'origin',
  };
}

/** Names the request in logs and answers: as its sender does, if that is safe to print. */
export function requestIdOf({ headers }: IncomingMessage, random: Random): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : newId(random);
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function hostName(header: string | undefined): string | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(header ?? '');
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}
