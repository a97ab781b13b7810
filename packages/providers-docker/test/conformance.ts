import type { Snapshot } from '@neb/core-types';
import { conformanceCases } from '@neb/core-types/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { EngineClient } from '../src/connection/client.ts';
import type { DockerProvider } from '../src/index.ts';
import { busyboxImage, engineApi, shell, sweep, type TestImage, unique, until } from './real-engine.ts';
import { remembers } from './remembers.ts';

/** A provider, and the engine it is over. */
export interface Conforming {
  readonly provider: DockerProvider;
  /** The machine's Docker if absent. */
  readonly api?: EngineClient | undefined;
  /** Another engine of the kind, with its own storage. */
  readonly elsewhere?: { readonly provider: DockerProvider; readonly api: EngineClient } | undefined;
  /** Ends the engines. */
  stop?(): Promise<void>;
}

/** The same, where minutes are to spare: it goes with `pnpm test:long`. */
export function conformsInMinutes(name: string, open: () => Promise<Conforming>): void {
  if (Number(process.env['NEB_TEST_ROUNDS'] ?? 200) >= 100) return conforms(name, open);
  it.skip(`${name} keeps the promises of a provider, which takes minutes to try`, () => undefined);
}

/** The promises every provider keeps, kept by one over a real engine. */
export function conforms(name: string, open: () => Promise<Conforming>): void {
  describe(`${name} keeps the promises of a provider`, () => {
    const fleet = unique('conformance');
    let world: Conforming;
    let provider: DockerProvider;
    let image: TestImage;

    beforeAll(async () => {
      world = await open();
      ({ provider } = world);
      image = await busyboxImage(undefined, world.api);
      if (world.elsewhere) await copyImage(image.image, world.api ?? engineApi, world.elsewhere.api);
      await provider.readiness!();
    });
    afterAll(async () => {
      for (const one of [world, ...(world.elsewhere ? [world.elsewhere] : [])]) {
        await one.provider[Symbol.asyncDispose]();
        await sweep(fleet, one.api);
      }
      await image.remove();
      await world.stop?.();
    });

    const listed = async (): Promise<number> => {
      let count = 0;
      for await (const _ of provider.list({ fleet })) count++;
      return count;
    };
    const setUp = async () => ({
      provider, fleet,
      spec: shell(image.image, 'echo ready; sleep 1000'),
      exits: shell(image.image, 'exit 3'),
      unstartable: shell('127.0.0.1:1/no/such:image', 'true'),
      listens: { spec: shell(image.image, 'while true; do echo pong | nc -l -p 7000; done'), port: 7000, says: 'pong' },
      remembers: remembers(image.image),
      elsewhere: world.elsewhere?.provider,
      settle: async (reached: () => Promise<boolean>) => void (await until(reached, (is) => is).catch(() => undefined)),
      async dispose() {
        for await (const { ref } of provider.list({ fleet })) await provider.delete(ref, { graceMs: 0 });
        await until(listed, (count) => count === 0);
        for await (const { ref } of provider.suspend?.snapshots({ fleet }) ?? none()) await provider.suspend!.forget(ref);
      },
    });
    for (const { name: promise, run } of conformanceCases(setUp)) it(promise, ({ skip }) => run((why) => skip(why)));
  });
}

async function* none(): AsyncGenerator<Snapshot> {}

/** As by a registry. */
export async function copyImage(image: string, from: EngineClient, to: EngineClient): Promise<void> {
  const upload = await from.stream({ method: 'GET', path: `/images/${encodeURIComponent(image)}/get` });
  await to.done({ method: 'POST', path: '/images/load', upload, headers: { 'Content-Type': 'application/x-tar' }, timeoutMs: 60_000 });
}
