import type { Clock } from '@neb/core-types';
import type { Program } from '@neb/cloud-simulator';

/** What containers do in pods: an image of the name `exits-N-after-MS` ends with N after so long, where its command is wrapped; any other runs until it is stopped. */
export interface Jobs {
  readonly program: Program;
  /** Whether the command of a pod has ended by itself. */
  isOver(podId: string): boolean;
}

/** As the provider's wrapper does it in a shell: it says how the command ended in the pod's name, and has the pod stopped, again and again until it is. */
export function jobs(clock: Clock, call: typeof fetch): Jobs {
  const over = new Set<string>();

  return {
    isOver: (podId) => over.has(podId),
    async program({ image, env, say, sleep, stopped }) {
      say(`running ${image}`);
      const [, code, afterMs] = /^exits-(\d+)-after-(\d+)$/.exec(image) ?? [];
      const pod = env['RUNPOD_POD_ID'] ?? '';
      if (afterMs === undefined || env['NEB_COMMAND'] === undefined) await new Promise((resolve) => { stopped.addEventListener('abort', resolve, { once: true }); });
      else if (!over.has(pod)) await sleep(Number(afterMs));
      if (stopped.aborted) return 143;
      over.add(pod);
      say(`neb: ${env['NEB_KEY']} exited with ${code}`);
      const ask = async (path: string, method: string, body: object): Promise<void> => {
        await call(`${env['NEB_RUNPOD_API']}/v2/pods/${pod}${path}`, { method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${env['RUNPOD_API_KEY']}` } }).catch(() => undefined);
      };
      while (!stopped.aborted) {
        await ask('', 'PATCH', { name: `neb.${env['NEB_FLEET']}.${env['NEB_KEY']}.exit-${code}` });
        await sleep(1_000);
        await ask('/action', 'POST', { action: 'stop' });
        await sleep(30_000);
      }
      return 0;
    },
  };
}
