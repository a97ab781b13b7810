import type { Call, InstanceRef, ListQuery } from './provider.ts';

/** What instances write. */
export interface Logs {
  /** Lines in order. With `follow` it ends when the instance does. */
  (ref: InstanceRef, options: LogOptions, call?: Call): AsyncIterable<LogLine>;
}

/** Which lines of a log. */
export interface LogOptions {
  readonly follow?: boolean | undefined;
  /** Only the last so many lines that are there already. */
  readonly tail?: number | undefined;
  /** RFC 3339, to the nanosecond, inclusive. */
  readonly since?: string | undefined;
}

/** One line, without its newline. */
export interface LogLine {
  /** RFC 3339, to the nanosecond where the platform has it. */
  readonly at: string;
  readonly stream: 'stdout' | 'stderr' | 'system';
  readonly text: string;
}

/** Runs a command in an instance. */
export interface Exec {
  (ref: InstanceRef, request: ExecRequest, call?: Call): Promise<ExecSession>;
}

/** What to run, and how it is connected. */
export interface ExecRequest {
  readonly command: readonly string[];
  /** Whether stdin will be written; without it the command sees end of file. */
  readonly stdin?: boolean | undefined;
  readonly tty?: TerminalSize | undefined;
}

/** In characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly cols: number;
}

/** A command under way. Disposing of it ends it. */
export interface ExecSession extends AsyncDisposable {
  /** Resolves when the bytes are accepted, so that a slow command slows its writer. */
  write(data: Uint8Array): Promise<void>;
  /** End of input. */
  closeInput(): Promise<void>;
  readonly output: AsyncIterable<ExecOutput>;
  /** Resolves once the command has ended; as in shells, 127 where there is no such program and 126 where it could not be started. */
  readonly exit: Promise<number>;
  resize(size: TerminalSize): Promise<void>;
}

/** A piece of what a command wrote. */
export interface ExecOutput {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

/** A two-way byte stream. */
export interface Connection extends AsyncDisposable {
  readonly readable: AsyncIterable<Uint8Array>;
  write(data: Uint8Array): Promise<void>;
  /** End of what this side sends. */
  closeWrite(): Promise<void>;
}

/** Files as tar streams, whose entries are named relative to the parent of `path`. */
export interface Files {
  read(ref: InstanceRef, path: string, call?: Call): Promise<AsyncIterable<Uint8Array>>;
  /** Unpacks into the directory `path`, which exists. */
  write(ref: InstanceRef, path: string, tar: AsyncIterable<Uint8Array>, call?: Call): Promise<void>;
}

/** What an instance uses now; bytes received and sent count from its start. */
export interface InstanceUsage {
  /** Of one core: 1.5 is a core and a half. */
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes?: number | undefined;
  readonly rxBytes?: number | undefined;
  readonly txBytes?: number | undefined;
}

/** A private network a namespace; `create` makes it when it is first needed. */
export interface Networks {
  /** Removes the namespace's network if nothing is in it. Succeeds if there is none. */
  remove(request: { readonly fleet: string; readonly namespace: string }, call?: Call): Promise<void>;
  /** Where containers can reach this machine, for each host of the platform where they can. */
  readonly inside?: readonly InsideNetworks[] | undefined;
}

/** A namespace's network, and the address in it at which this machine hears. */
export interface InsideNetwork {
  readonly namespace: string;
  readonly address: string;
  /** All of its addresses, such as `10.208.3.0/24`. */
  readonly subnet: string;
}

/** A connection that came to a listener, and the address that it came from. */
export type Taken = (connection: Connection, from: string) => void;

/** Listens until it is disposed of; what came goes on. */
export interface InsideListener extends AsyncDisposable {
  /** Resolves once nothing is heard any more, as where the way to the host broke. */
  readonly over: Promise<void>;
}

/** A host's networks in which containers can reach this machine, and names for it there. */
export interface InsideNetworks {
  /** What the host is called. */
  readonly host: string;
  /** Has the host listen at one of the addresses, which are its own; absent where they are this machine's. Rejects with `unavailable` where containers, or only they, would not be heard. */
  readonly listen?: ((at: { readonly address: string; readonly port: number }, taken: Taken) => Promise<InsideListener>) | undefined;
  /** All of a fleet, and all again after any came or went. Ends when the signal aborts. */
  watch(query: ListQuery, call?: Call): AsyncIterable<readonly InsideNetwork[]>;
  /**
   * The namespace's containers find this machine under `names`, and no others, from now on: those that are there and those
   * to come. Resolves with how many of those that are there could not be told.
   */
  name(request: { readonly fleet: string; readonly namespace: string; readonly names: readonly string[] }, call?: Call): Promise<number>;
}
