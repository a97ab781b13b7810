import { request } from 'node:http';

const socketPath = process.env['NEB_BENCH_DOCKER_SOCKET'] ?? '/var/run/docker.sock';

/** One bare call to the Docker Engine: the floor that neb is measured against. */
export function call(method: string, path: string, body?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
    const sent = request({ socketPath, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if ((answer.statusCode ?? 500) >= 400) return reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
        resolve(text === '' || !answer.headers['content-type']?.includes('json') ? text : JSON.parse(text));
      });
    });
    sent.on('error', reject);
    sent.end(payload);
  });
}

/** Stays until it is told to go, and then goes at once, so that removing it costs no grace time. */
export const stays = ['sh', '-c', 'trap "exit 0" TERM; sleep 3600 & wait'];

/** The least a running container can cost: create, start, and a look that it runs. Answers with its id. */
export async function launchRaw(image: string, network: string): Promise<string> {
  const made = await call('POST', '/containers/create', {
    Image: image,
    Cmd: stays,
    Labels: { 'neb.bench': 'raw' },
    HostConfig: { NetworkMode: network },
  });
  const id = (made as { Id: string }).Id;
  await call('POST', `/containers/${id}/start`);
  const seen = (await call('GET', `/containers/${id}/json`)) as { State: { Running: boolean } };
  if (!seen.State.Running) throw new Error(`${id} does not run`);
  return id;
}

export const removeRaw = (id: string): Promise<unknown> => call('DELETE', `/containers/${id}?force=true`);

/** A bridge of its own, as a namespace of neb has one. */
export async function rawNetwork(): Promise<{ readonly id: string; remove(): Promise<void> }> {
  const made = (await call('POST', '/networks/create', {
    Name: `neb-bench-raw-${process.pid}`,
    Driver: 'bridge',
    IPAM: { Config: [{ Subnet: '10.207.255.0/24' }] },
  })) as { Id: string };
  return { id: made.Id, remove: async () => void (await call('DELETE', `/networks/${made.Id}`)) };
}
