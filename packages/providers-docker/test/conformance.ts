import { conformanceCases } from '@neb/core-types/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { DockerProvider } from '../src/index.ts';
import { busyboxImage, shell, sweep, unique, until } from './real-engine.ts';

/** The promises every provider keeps, kept by one over a real engine. */
export function conforms(name: string, open: () => Promise<DockerProvider>): void {
  describe(`${name} keeps the promises of a provider`, () => {
    const fleet = unique('conformance');
    let provider: DockerProvider;
    let image: Awaited<ReturnType<typeof busyboxImage>>;

    beforeAll(async () => {
      [provider, image] = await Promise.all([open(), busyboxImage()]);
    });
    afterAll(async () => {
      await provider[Symbol.asyncDispose]();
      await sweep(fleet);
      await image.remove();
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
      settle: async (reached: () => Promise<boolean>) => void (await until(reached, (is) => is)),
      async dispose() {
        for await (const { ref } of provider.list({ fleet })) await provider.delete(ref, { graceMs: 0 });
        await until(listed, (count) => count === 0);
      },
    });
    for (const { name: promise, run } of conformanceCases(setUp)) it(promise, ({ skip }) => run((why) => skip(why)));
  });
}
