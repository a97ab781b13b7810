import { type IncomingMessage, request, type RequestOptions } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** Where the engine is: `DOCKER_HOST`, else the usual socket. */
const engineAddress = (): string => process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';

/** One call of the Docker Engine API, so that scripts need no docker command. Rejects when nothing answers within `timeoutMs`. */
function callEngine(path: string, options: { readonly method?: string; readonly body?: Readable; readonly timeoutMs?: number } = {}): Promise<IncomingMessage> {
  const at = new URL(engineAddress());
  const where: RequestOptions = at.protocol === 'unix:' ? { socketPath: at.pathname } : { host: at.hostname, port: at.port };
  return new Promise((resolve, reject) => {
    const call = request({ ...where, path, method: options.method ?? 'GET', timeout: options.timeoutMs ?? 3_000 }, resolve);
    call.on('timeout', () => call.destroy(new Error(`no answer from ${engineAddress()}`)));
    call.on('error', reject);
    if (options.body) options.body.pipe(call);
    else call.end();
  });
}

/** Why the engine cannot be used; undefined when it can. */
export async function engineTrouble(): Promise<string | undefined> {
  try {
    const answer = await callEngine('/_ping');
    answer.resume();
    return answer.statusCode === 200 ? undefined : `${engineAddress()} answers ${answer.statusCode}`;
  } catch (error) {
    const denied = (error as NodeJS.ErrnoException).code === 'EACCES';
    return denied ? `this user may not use ${engineAddress()}` : `no Docker engine answers at ${engineAddress()}`;
  }
}

/** True when the engine has the image. */
export async function hasImage(image: string): Promise<boolean> {
  const answer = await callEngine(`/images/${image}/json`);
  answer.resume();
  return answer.statusCode === 200;
}

/** True when the engine can ask the image's registry for it. False, soon, on a machine without a way to it. */
export async function canPull(image: string): Promise<boolean> {
  const answer = await callEngine(`/distribution/${image}/json`, { timeoutMs: 20_000 }).catch(() => undefined);
  answer?.resume();
  return answer?.statusCode === 200;
}

/** Makes a one-layer image of a tar of its files. */
export async function importImage(image: string, files: Readable): Promise<void> {
  const [repo = image, tag = 'latest'] = image.split(/:(?=[^/]*$)/);
  const query = new URLSearchParams({ fromSrc: '-', repo, tag, changes: 'CMD ["sh"]' });
  const answer = await callEngine(`/images/create?${query.toString()}`, { method: 'POST', body: files, timeoutMs: 60_000 });
  const said = await text(answer);
  if (answer.statusCode !== 200 || said.includes('"error"')) throw new Error(`The engine did not take the image ${image}: ${said.trim()}`);
}
