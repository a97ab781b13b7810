import { readFile } from 'node:fs/promises';
import { connect, type NetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { NebError } from '@neb/core-types';
import { unreachable } from '../errors.ts';
import type { Transport } from './transport.ts';

/** Client certificate and authority of an engine behind TLS, as PEM. */
export interface TlsOptions {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

const connectMs = 10_000;

/** An engine behind a socket of this machine. */
export function unixTransport(socketPath: string): Transport {
  return {
    at: socketPath,
    host: '127.0.0.1',
    sharesFiles: true,
    open: () => opened(socketPath, { path: socketPath }),
    dial: (host, port) => opened(`${host}:${port}`, { host, port }),
    routes: localRoutes,
    close: async () => {},
  };
}

/** An engine that listens on TCP, with TLS where `tls` is given. */
function tcpTransport(url: URL, tls: TlsOptions | undefined): Transport {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port || (tls ? 2376 : 2375));
  return {
    at: `${host}:${port}`,
    host,
    sharesFiles: false,
    open: () => (tls ? openedTls(tls, { host, port }) : opened(`${host}:${port}`, { host, port })),
    dial: (address, to) => opened(`${address}:${to}`, { host: address, port: to }),
    routes: async () => undefined,
    close: async () => {},
  };
}

/** What `DOCKER_HOST` may say: `unix:///path`, `npipe:////./pipe/name`, `tcp://host:port`, `http(s)://host:port`. */
export function transportFor(url: string, tls?: TlsOptions): Transport {
  const path = /^(?:unix|npipe):\/\/(.+)$/.exec(url)?.[1];
  if (path) return unixTransport(path);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !['tcp:', 'http:', 'https:'].includes(parsed.protocol)) {
    throw new NebError('invalid', `"${url}" is not an engine's address; write unix:///path or tcp://host:port`);
  }
  return tcpTransport(parsed, parsed.protocol === 'https:' ? (tls ?? {}) : tls);
}

function opened(at: string, options: NetConnectOpts): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    // allowHalfOpen: the end of one direction, such as a command's input, must not end the other.
    const socket = connect({ ...options, allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 5_000 });
    const give = (error: Error): void => {
      socket.destroy();
      reject(unreachable(at, error));
    };
    socket.setTimeout(connectMs, () => give(new Error(`no connection within ${connectMs / 1000} s`)));
    socket.once('error', give);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', give);
      resolve(socket);
    });
  });
}

function openedTls(tls: TlsOptions, to: { readonly host: string; readonly port: number }): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ ...tls, ...to, servername: to.host, timeout: connectMs });
    const give = (error: Error): void => {
      socket.destroy();
      reject(unreachable(`${to.host}:${to.port}`, error));
    };
    socket.once('timeout', () => give(new Error(`no connection within ${connectMs / 1000} s`)));
    socket.once('error', give);
    socket.once('secureConnect', () => {
      socket.setTimeout(0);
      socket.off('error', give);
      resolve(socket);
    });
  });
}

async function localRoutes(): Promise<string | undefined> {
  try {
    return await readFile('/proc/net/route', 'utf8');
  } catch {
    return undefined; // Not Linux: the engine then runs in a virtual machine with routes of its own.
  }
}
