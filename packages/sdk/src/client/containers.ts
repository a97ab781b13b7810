import type { Call, Connection, Container, ContainerRow, ExecRequest, ExecSession, InstanceUsage, SnapshotObject } from '@neb/core-types';
import type { CheckpointInput, Forked, ForkInput, MigrateInput, SuspendInput } from '../contract/aside.ts';
import type { Explanation, Listed, ListInput, LogEntry, LogsInput } from '../contract/services.ts';
import { execPath, portForwardPath } from '../wire/paths.ts';
import type { Calls } from './calls.ts';
import type { Connect } from './connect.ts';
import { connectionOver } from './dial.ts';
import { execOver } from './exec.ts';
import { readFiles, writeFiles } from './files.ts';
import type { Http } from './http.ts';
import type { ContainerInput } from './inputs.ts';
import { objectCalls, objectsClient, type ObjectsClient } from './objects.ts';
import { list, type List } from './list.ts';
import { listen, type Listener, type ListenOptions } from './port-forward.ts';
import type { ObjectRef, Resolve } from './refs.ts';
import { run, type RunOptions, type RunResult } from './run.ts';
import { waitFor, type WaitOptions } from './wait.ts';

export interface ContainersClient extends ObjectsClient<Container, ContainerInput> {
  /**
   * Resolves once the container is what it is waited for to be, by default `ready`. Rejects with `failed` and the
   * container's own sentence where it can no longer become that, and with `timeout`.
   */
  wait(ref: ObjectRef, options: WaitOptions & { readonly for: 'deleted' }): Promise<Container | undefined>;
  wait(ref: ObjectRef, options?: WaitOptions): Promise<Container>;
  /** As `list`, of each container only what a long list shows: many times faster where there are thousands. */
  rows(query?: ListInput, call?: Call): List<ContainerRow, Listed<ContainerRow>>;
  /** Lines in order, each once, over as many connections as it takes. With `follow` it ends when the container does. */
  logs(ref: ObjectRef, options?: Omit<LogsInput, 'ref'>, call?: Call): AsyncIterable<LogEntry>;
  /** Starts a command in the container. Dispose of the session, or abort `call.signal`, to hang up. */
  exec(ref: ObjectRef, request: ExecRequest, call?: Call): Promise<ExecSession>;
  /** Runs a command to its end. A command that fails is no error: see `exitCode`. */
  run(ref: ObjectRef, command: readonly string[], options?: RunOptions): Promise<RunResult>;
  usage(ref: ObjectRef, call?: Call): Promise<InstanceUsage>;
  /** Where it could run, where not, and why; what it went through. */
  explain(ref: ObjectRef, call?: Call): Promise<Explanation>;
  /** Puts it aside with its processes; `wait` with `for: 'suspended'` tells when. Rejects with why it cannot be, before anything stops. Repeating it changes nothing. */
  suspend(ref: ObjectRef, options?: Omit<SuspendInput, 'ref'>, call?: Call): Promise<Container>;
  /** Goes on with it in its place. */
  resume(ref: ObjectRef, call?: Call): Promise<Container>;
  /** Moves it with its processes to another platform. */
  migrate(ref: ObjectRef, to?: Omit<MigrateInput, 'ref'>, call?: Call): Promise<Container>;
  /** Takes a snapshot; it runs on. */
  checkpoint(ref: ObjectRef, options?: Omit<CheckpointInput, 'ref'>, call?: Call): Promise<SnapshotObject>;
  /** Makes containers that go on from where it is; it runs on. */
  fork(ref: ObjectRef, as: Omit<ForkInput, 'ref'>, call?: Call): Promise<Forked>;
  /** Opens a TCP connection to a port inside the container. */
  dial(ref: ObjectRef, port: number, call?: Call): Promise<Connection>;
  /** Listens on this machine and forwards every connection to a port inside the container, until closed. */
  portForward(ref: ObjectRef, port: number, options?: ListenOptions): Promise<Listener>;
  /** A tar of what is at `path`, its entries named relative to the parent of `path`. */
  readFiles(ref: ObjectRef, path: string, call?: Call): Promise<AsyncIterable<Uint8Array>>;
  /** Unpacks a tar into the directory `path`, which exists. */
  writeFiles(ref: ObjectRef, path: string, tar: AsyncIterable<Uint8Array>): Promise<void>;
}

export interface ContainerWires {
  readonly calls: Calls;
  readonly send: Http;
  readonly connect: Connect;
  readonly resolve: Resolve;
  readonly namespace: string | undefined;
}

export function containersClient({ calls, send, connect, resolve, namespace }: ContainerWires): ContainersClient {
  const objects = objectCalls<Container>(calls, 'Container', 'containers');
  const exec = async (ref: ObjectRef, request: ExecRequest, call?: Call): Promise<ExecSession> =>
    execOver(await connect(execPath(resolve(ref)), call?.signal), request, call?.signal);
  const dial = async (ref: ObjectRef, port: number, call?: Call): Promise<Connection> =>
    connectionOver(await connect(portForwardPath(resolve(ref), port), call?.signal));
  return {
    ...objectsClient<Container, ContainerInput>(objects, resolve, namespace),
    rows: (query = {}, call) => list((cursor) => calls.query('containers.rows', cursor === undefined ? query : { ...query, cursor }, call)),
    // Only a wait for the end of it can find nothing.
    wait: (ref: ObjectRef, options?: WaitOptions) => waitFor(objects, resolve(ref), options) as Promise<Container>,
    logs: (ref, options, call) => calls.subscribe('containers.logs', { ...options, ref: resolve(ref) }, call),
    exec,
    run: (ref, command, options) => run((request, call) => exec(ref, request, call), command, options),
    usage: (ref, call) => calls.query('containers.usage', resolve(ref), call),
    explain: (ref, call) => calls.query('containers.explain', resolve(ref), call),
    suspend: (ref, options, call) => calls.mutate('containers.suspend', { ...options, ref: resolve(ref) }, call),
    resume: (ref, call) => calls.mutate('containers.resume', resolve(ref), call),
    migrate: (ref, to, call) => calls.mutate('containers.migrate', { ...to, ref: resolve(ref) }, call),
    checkpoint: (ref, options, call) => calls.mutate('containers.checkpoint', { ...options, ref: resolve(ref) }, call),
    fork: (ref, as, call) => calls.mutate('containers.fork', { ...as, ref: resolve(ref) }, call),
    dial,
    portForward: (ref, port, options) => listen((signal) => dial(ref, port, { signal }), options),
    readFiles: (ref, path, call) => readFiles(send, { ref: resolve(ref), path }, call),
    writeFiles: (ref, path, tar) => writeFiles(send, { ref: resolve(ref), path, tar }),
  };
}
