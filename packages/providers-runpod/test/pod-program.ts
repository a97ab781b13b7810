import type { Inside } from '@neb/cloud-simulator';

/**
 * What a wrapped command does in a machine of bookkeeping, where there is no shell to run the wrapper: the same, as far as
 * RunPod sees it. That the wrapper really does so is shown by `wrapper.test.ts`. Commands: `sleeps`, and `exits <code>`, whose
 * image can call RunPod, or can only stop (`quietly`), or not even that (`idling`).
 */
export async function podProgram({ env, say, sleep, stopped }: Inside): Promise<number> {
  const [name = '', ...words] = (env['NEB_COMMAND'] ?? 'sleeps').split(' ');
  say('ready');
  if (name !== 'exits') return await forever(stopped);
  await sleep(500);
  say(`neb: ${env['NEB_KEY']} exited with ${words[0]}`);
  // An image without a program to call RunPod with.
  if (words[1] === 'idling') return await forever(stopped);
  const call = (path: string, method: string, body: object): Promise<unknown> => fetch(`${env['NEB_RUNPOD_API']}/v2/pods/${env['RUNPOD_POD_ID']}${path}`, {
    method, body: JSON.stringify(body), headers: { Authorization: `Bearer ${env['RUNPOD_API_KEY']}` },
  });
  // An image without a program that can rename: only the log tells.
  if (words[1] !== 'quietly') await call('', 'PATCH', { name: `neb.${env['NEB_FLEET']}.${env['NEB_KEY']}.exit-${words[0]}` });
  await call('/action', 'POST', { action: 'stop' });
  return 0;
}

async function forever(stopped: AbortSignal): Promise<number> {
  await new Promise((resolve) => { stopped.addEventListener('abort', resolve, { once: true }); });
  return 143;
}
