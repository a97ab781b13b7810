import type { Clock, CreateRequest, Failure, Instance, Progress } from '@neb/core-types';
import { containerName, refOf } from '../names.ts';
import { launchFailure } from './failure.ts';
import { type LaunchSteps, type LaunchWorld, startContainer } from './start.ts';

/** A launch under way in this process, or one that failed: what the engine itself cannot tell. */
export interface Launch {
  readonly name: string;
  readonly fleet: string;
  instance(): Instance;
  /** Resolves once it has to wait: for its turn, or for its image. Never, where it has to for neither. */
  readonly delayed: Promise<void>;
  /** Resolves once nothing of it will reach the engine any more. */
  readonly settled: Promise<void>;
  /** Ends it as soon as the step under way is done. */
  cancel(): void;
}

/** Brings the container of `request` to run. Goes on with what is there already, and leaves alone one that runs or has run. */
export type Run = (world: LaunchWorld, request: CreateRequest, steps: LaunchSteps) => Promise<void>;

export interface Launches {
  /** Begins it, or goes on with the one under way. One that failed begins anew. `run` is how it comes to run, where that is not from its image. */
  begin(request: CreateRequest, run?: Run): Launch;
  get(name: string): Launch | undefined;
  /** Those of a fleet. */
  of(fleet: string): readonly Launch[];
  /** Forgets a failure. */
  forget(name: string): void;
  /** Cancels everything and waits for the steps under way. */
  close(): Promise<void>;
}

export interface LaunchesOptions extends LaunchWorld {
  readonly host: string;
  readonly clock: Clock;
  /** Told of each change of a launch. */
  readonly changed: (fleet: string, key: string) => void;
}

/** Failures are kept until their instance is deleted, but no more than these. */
const failuresAtMost = 1_000;
const progressEveryMs = 500;

export function launches(options: LaunchesOptions): Launches {
  const all = new Map<string, Launch & { readonly failed: () => boolean }>();

  function add(name: string, request: CreateRequest, run: Run): Launch {
    all.delete(name); // So that a repeated one counts as young.
    const over = (failed: boolean): void => {
      if (failed) dropOldest();
      else all.delete(name);
    };
    const launch = launchOf(options, request, { run, over });
    all.set(name, launch);
    return launch;
  }

  function dropOldest(): void {
    const failed = [...all].filter(([, launch]) => launch.failed());
    for (const [name] of failed.slice(0, Math.max(0, failed.length - failuresAtMost))) all.delete(name);
  }

  return {
    begin(request, run = startContainer) {
      const name = containerName(request.fleet, request.key);
      const known = all.get(name);
      return known && !known.failed() ? known : add(name, request, run);
    },
    get: (name) => all.get(name),
    of: (fleet) => [...all.values()].filter((launch) => launch.fleet === fleet),
    forget(name) {
      if (all.get(name)?.failed()) all.delete(name);
    },
    async close() {
      for (const launch of all.values()) launch.cancel();
      await Promise.all([...all.values()].map((launch) => launch.settled));
    },
  };
}

interface Course {
  readonly run: Run;
  /** Called once when it ends, before anybody learns of it. */
  readonly over: (failed: boolean) => void;
}

function launchOf(options: LaunchesOptions, request: CreateRequest, course: Course): Launch & { readonly failed: () => boolean } {
  const { host, slots, clock } = options;
  const { fleet, key, spec } = request;
  const name = containerName(fleet, key);
  const stop = new AbortController();
  const delayed = Promise.withResolvers<void>();
  let progress: Progress = { phase: 'starting' };
  let failure: Failure | undefined;
  let toldAt = -Infinity;

  const changed = (): void => options.changed(fleet, key);
  const step = (next: Progress): void => {
    const moved = next.phase !== progress.phase;
    progress = next;
    if (!moved && clock.now() - toldAt < progressEveryMs) return;
    toldAt = clock.now();
    changed();
  };
  const queued = slots.full;
  const running = course.run(options, request, {
    signal: stop.signal,
    pulling(bytes) {
      delayed.resolve();
      step({ phase: 'pulling', ...bytes });
    },
    starting: () => step({ phase: 'starting' }),
  });
  const settled = running.catch((error: unknown) => {
    options.networks.release({ fleet, namespace: spec.network.namespace }); // Nothing may be in it.
    if (!stop.signal.aborted) failure = launchFailure(error, { image: spec.image, secrets: secretsOf(request) });
  }).then(() => {
    course.over(failure !== undefined);
    changed();
  });
  if (queued) delayed.resolve();

  const base = { ref: refOf({ host, name }), key };
  return {
    name, fleet,
    delayed: delayed.promise,
    settled,
    failed: () => failure !== undefined,
    cancel: () => stop.abort(),
    instance: () => (failure ? { ...base, state: 'failed', failure } : { ...base, state: 'pending', progress }),
  };
}

/** What a message must never repeat. Short values are words like any other. */
function secretsOf({ spec }: CreateRequest): readonly string[] {
  const values = [...Object.values(spec.env), ...(spec.secretFiles ?? []).map(({ content }) => content)].filter((value) => value.length >= 8);
  return spec.registry ? [spec.registry.password, ...values] : values;
}
