import type { Instance, LaunchSpec } from '@neb/core-types';
import { afterAll, beforeAll } from 'vitest';
import { docker, type DockerOptions, type DockerProvider } from '../src/index.ts';
import { busyboxImage, enginePath, launch, shell, sweep, unique } from './real-engine.ts';

/** A provider over the real engine with a fleet and an image of its own; all of it goes after the tests of the file. */
export interface World {
  readonly fleet: string;
  readonly provider: DockerProvider;
  readonly image: string;
  /** A spec of `sh -c script` in the image. */
  spec(script: string, more?: Partial<LaunchSpec>): LaunchSpec;
  /** Creates it, and waits for what becomes of it. */
  run(key: string, script: string, more?: Partial<LaunchSpec>): Promise<Instance>;
  /** Another process's provider, so to say. */
  another(options?: DockerOptions): DockerProvider;
}

export function world(prefix: string, options: DockerOptions = {}): World {
  const fleet = unique(prefix);
  const opened: DockerProvider[] = [];
  const another = (more: DockerOptions = {}): DockerProvider => {
    const provider = docker({ socketPath: enginePath, ...options, ...more });
    opened.push(provider);
    return provider;
  };
  const provider = another();
  let made: Awaited<ReturnType<typeof busyboxImage>>;

  beforeAll(async () => {
    made = await busyboxImage();
  });
  afterAll(async () => {
    await Promise.all(opened.map((one) => one[Symbol.asyncDispose]()));
    await sweep(fleet);
    await made.remove();
  });

  const spec: World['spec'] = (script, more) => shell(made.image, script, more);
  return {
    fleet, provider, another, spec,
    get image() { return made.image; },
    run: (key, script, more) => launch(provider, { key, fleet, spec: spec(script, more) }),
  };
}
