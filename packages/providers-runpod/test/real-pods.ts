import { type Clock, type InstanceRef, type LaunchSpec, newId, systemClock } from '@neb/core-types';
import { dockerMachines, type Machinery, podImage, runpodCloud, type RunpodCloud } from '@neb/cloud-simulator';
import { runpod, type RunpodOptions, type RunpodProvider } from '../src/index.ts';
import { firstOffer } from './world.ts';

/** Pods that are real containers behind a simulated RunPod, whose image has this machine's SSH server. */
export interface RealPods extends AsyncDisposable {
  readonly cloud: RunpodCloud;
  readonly provider: RunpodProvider;
  /** Another process's provider, so to say. */
  another(options?: Partial<RunpodOptions>): RunpodProvider;
  /** Of a command in the image. */
  spec(...entrypoint: readonly string[]): LaunchSpec;
  /** A pod that runs. */
  run(key: string, spec: LaunchSpec): Promise<InstanceRef>;
}

/** The cloud's seconds are a twentieth of ours; what waits for real programs waits for real. */
const hurried: Clock = { now: () => systemClock.now(), sleep: (ms, signal) => systemClock.sleep(ms / 20, signal) };
/** As the cloud's. */
export const fast: Clock = { ...hurried, now: () => systemClock.now() * 20 };

export async function realPods(server: 'sshd' | 'dropbear', around: (machines: Machinery) => Machinery = (machines) => machines): Promise<RealPods> {
  const machines = dockerMachines();
  const image = await podImage(`neb/runpod-${server}-${newId()}:latest`, { server });
  const cloud = await runpodCloud({ clock: hurried, machinery: around(machines) });
  const another = (options: Partial<RunpodOptions> = {}): RunpodProvider => runpod({ apiKey: cloud.apiKey, baseUrl: cloud.url, secret: 'x'.repeat(32), ...options });
  const provider = another({ listForMs: 50 });
  return {
    cloud, provider, another,
    spec: (...entrypoint) => ({ image: image.name, entrypoint, env: { GREETING: "it's\na greeting" }, ports: [], volumes: [], limits: {}, network: { namespace: 'default', hostnames: [] }, labels: {} }),
    async run(key, launch) {
      const made = await provider.create({ key, fleet: 'f', offer: await firstOffer(provider), spec: launch });
      await settle(async () => (await provider.inspect(made.ref))?.state === 'running');
      return made.ref;
    },
    async [Symbol.asyncDispose]() {
      await provider[Symbol.asyncDispose]();
      await cloud[Symbol.asyncDispose]();
      await machines[Symbol.asyncDispose]();
      await image[Symbol.asyncDispose]();
    },
  };
}

/** Waits for half a minute at most. */
export async function settle(reached: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600 && !(await reached()); tries++) await systemClock.sleep(50);
}
