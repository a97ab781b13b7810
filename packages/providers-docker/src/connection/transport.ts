import type { Duplex } from 'node:stream';
import type { FarPorts } from './far-ports.ts';

/** How bytes get to an engine and to what runs on it. */
export interface Transport {
  /** Where the engine is, in words for its operator: a socket path, a URL, a host. */
  readonly at: string;
  /** The host the engine runs on, as it is called from here. */
  readonly host: string;
  /** Whether the engine sees this machine's files, as far as the way to it tells. */
  readonly sharesFiles: boolean;
  /** A fresh byte stream to the engine's API; the caller closes it. Rejects with `unavailable`. */
  open(): Promise<Duplex>;
  /** A TCP connection as the engine's host would make it; the caller closes it. */
  dial(address: string, port: number): Promise<Duplex>;
  /** Has the host listen at an address of its own; absent where that is this machine. */
  readonly listen?: FarPorts['listen'] | undefined;
  /** The host's IPv4 routes in the form of Linux's `/proc/net/route`; `undefined` where they cannot be read. */
  routes(): Promise<string | undefined>;
  close(): Promise<void>;
}
