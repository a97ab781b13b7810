// A worker of the storm, in a process of its own, so that it can be killed. Its handler is slow now and then, fails now and then, and never does `poison`.
import { worker } from '../src/index.ts';

const { content: _none, ...env } = { ...process.env, content: undefined };
worker({ env, concurrency: 50, retry: () => 100 }, async (message, { effect, key }) => {
  const { n, poison } = message.content as { n: number; poison: boolean };
  if (poison) throw new Error(`poison ${n}`);
  if (Math.random() < 0.3) await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
  if (Math.random() < 0.01) throw new Error(`bad luck ${n}`);
  effect('HINCRBY', key('effects'), n, 1);
  return n;
});
