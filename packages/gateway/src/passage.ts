import type { Route } from '@neb/core-types';
import type { IncomingHttpHeaders } from 'node:http';

/** A request that has found its route. */
export interface Arrival {
  readonly id: string;
  readonly route: Route;
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Of the peer; of whom it speaks for where it is trusted. */
  readonly address: string;
  readonly secure: boolean;
  /** It wants to become a WebSocket. */
  readonly upgrade: boolean;
  /** Reads the whole body, which is passed on all the same; `undefined` if it is larger. Without it bodies are never held. */
  body(limitBytes: number): Promise<Buffer | undefined>;
}

/** Whether a request may pass. */
export type AdmissionVerdict =
  | {
      readonly do: 'pass';
      readonly caller?: string | undefined;
      /** Names of headers, lower case, that the replica does not get: the credential that was meant for the gateway. */
      readonly strip?: readonly string[] | undefined;
      /** Headers that the replica gets, lower case; they replace the client's. */
      readonly add?: Readonly<Record<string, string>> | undefined;
      /** Headers that the client gets with the answer, lower case; they replace the replica's. */
      readonly answer?: Readonly<Record<string, string>> | undefined;
    }
  /** The caller must not learn that there is such a route. */
  | { readonly do: 'hide' }
  | {
      readonly do: 'refuse';
      readonly status: number;
      readonly title: string;
      readonly detail: string;
      readonly retryAfterMs?: number | undefined;
      readonly headers?: Readonly<Record<string, string>> | undefined;
    };

/** Who may pass. What it throws is answered with 503, and nothing passes. */
export interface Admission {
  admit(arrival: Arrival): AdmissionVerdict | Promise<AdmissionVerdict>;
}

/** Sees what passes, and never holds it up: it returns at once, and what it throws is lost. */
export interface Observer {
  /** Once for each request that was admitted. */
  watch(arrival: Arrival, caller: string | undefined): Watch | undefined;
}

/** What is seen of one request. Chunks are the gateway's: they must not be written to. */
export interface Watch {
  request?(chunk: Uint8Array): void;
  answer?(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void;
  data?(chunk: Uint8Array): void;
  /** Once, last. */
  end?(passed: Passed): void;
}

/** What passed, in the end. */
export interface Passed {
  /** Of the answer's; 0 if none began, such as where the client left. */
  readonly status: number;
  /** The client has the whole answer. */
  readonly complete: boolean;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
  /** Which replica answered; where the answer is the gateway's own, the one that was sent the request last and gave none. */
  readonly replica: string | undefined;
}
