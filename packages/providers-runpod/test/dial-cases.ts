import { type InstanceRef, newId } from '@neb/core-types';
import { conformanceCases } from '@neb/core-types/testing';
import { type PodImage, podImage } from '@neb/cloud-simulator';
import { connectSsh, keyring } from '@neb/ssh';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reachable } from './reachable.ts';
import { fast, realPods, type RealPods, settle } from './real-pods.ts';
import { relay, type Relay } from './relay.ts';
import { speak, until } from './speak.ts';

/** Sends back what it gets, to each that connects; few may at once. */
const echoes = (port: number): string => `nc -ll -p ${port} -e cat`;

/** Dial into real containers behind a simulated RunPod, whose image has this SSH server. */
export function dialCases(server: 'sshd' | 'dropbear'): void {
  const doors = new Map<string, Relay>();
  let w: RealPods;
  let bare: PodImage | undefined;
  let ref: InstanceRef;
  const dial = async (port: number, signal?: AbortSignal) => await w.provider.dial(ref, port, { signal });
  /** The door before the pod's SSH server. */
  const way = (): Relay => doors.get('host')!;

  /** A connection that has spoken, and what says the rest. */
  interface Opened {
    rest(text: string): Promise<string>;
  }
  async function opened(): Promise<Opened> {
    const connection = await dial(7000);
    await connection.write(Buffer.from('.'));
    const chunks = connection.readable[Symbol.asyncIterator]();
    await chunks.next();
    return { rest: (text) => speak({ ...connection, readable: { [Symbol.asyncIterator]: () => chunks } }, text) };
  }

  beforeAll(async () => {
    w = await realPods(server, (machines) => reachable(machines, async ({ env }, otherwise) => {
      const { port } = otherwise.get(22)!;
      const door = await relay(() => port);
      doors.set(env['NEB_KEY']!, door);
      return new Map([...otherwise, [22, door.at]]);
    }));
    const spec = w.spec('sh', '-c', `${echoes(7000)} & ${echoes(7002)} & echo within >/tmp/index.html; httpd -p 127.0.0.1:7001 -h /tmp; exec sleep 1000`);
    ref = await w.run('host', { ...spec, ports: [{ port: 7002, protocol: 'tcp', public: true }] });
  }, 60_000);
  afterAll(async () => {
    for (const door of doors.values()) await door[Symbol.asyncDispose]();
    await w[Symbol.asyncDispose]();
    await bare?.[Symbol.asyncDispose]();
  }, 60_000);

  describe('the promises of dial', () => {
    const cases = conformanceCases(async () => ({
      provider: w.provider, fleet: `f-${newId()}`, spec: w.spec('sh', '-c', 'echo ready; exec sleep 1000'), settle, dispose: async () => {},
      listens: { spec: w.spec('sh', '-c', 'while :; do echo pong | nc -l -p 7000; done'), port: 7000, says: 'pong' },
    }));
    for (const one of cases.filter(({ name }) => name.startsWith('dial '))) it(one.name, ({ skip }) => one.run((why) => skip(why)));
  });

  it('reaches what listens on all addresses, both ways, with each end of them', async () => {
    const text = 'abc'.repeat(1_000_000);
    expect((await speak(await dial(7000), text)) === text).toBe(true);
  });

  it('reaches what listens on loopback alone', async () => {
    expect(await speak(await dial(7001), 'GET / HTTP/1.0\r\n\r\n')).toContain('within');
  });

  it('has one SSH connection for all that goes to a pod', async () => {
    const first = await opened();
    const before = way().made();
    const more: Opened[] = [];
    for (let nth = 0; nth < 60; nth++) more.push(await opened());
    const said = await Promise.all(more.map(async ({ rest }, nth) => (await rest(`${nth} `.repeat(10_000))) === `${nth} `.repeat(10_000)));
    expect(said).toEqual(more.map(() => true));
    expect(await first.rest('the first')).toBe('the first');
    expect([way().made(), way().open()]).toEqual([before, 1]);
  });

  it('says that nothing listens, as often as it is asked, by the same connection', async () => {
    await speak(await dial(7000), 'first');
    const before = way().made();
    for (let nth = 0; nth < 10; nth++) await expect(dial(7009)).rejects.toMatchObject({ code: 'unavailable', message: `nothing answers at port 7009 of pod ${ref}` });
    expect(way().made()).toBe(before);
  });

  it('is given up where nobody wants it any more', async () => {
    const given = new AbortController();
    const dialling = dial(7000, given.signal);
    dialling.catch(() => {});
    given.abort(new Error('enough'));
    await expect(dialling).rejects.toThrow('enough');
  });

  it('tells a reader of a connection that broke, and the next one works', async () => {
    const broken = await dial(7000);
    await broken.write(Buffer.from('half of it'));
    const reading = broken.readable[Symbol.asyncIterator]();
    await reading.next();
    way().cut();
    await expect(reading.next()).rejects.toMatchObject({ code: 'unavailable', message: `the SSH connection to pod ${ref} broke` });
    expect(await speak(await dial(7000), 'again')).toBe('again');
  });

  it('has a server that leads nowhere else, where it can be told so, and nothing from the pod to us', async () => {
    const keys = keyring('x'.repeat(32));
    const { ip, port } = way().at;
    const client = await connectSsh({ host: ip, port, privateKey: keys.user('f').privateKey, hostKeys: [keys.host({ fleet: 'f', key: 'host' }).publicKey] });
    const told = async (to: string): Promise<unknown> => await new Promise((resolve) => { client.forwardOut('127.0.0.1', 0, to, 7000, (error) => resolve((error as { readonly reason?: number } | undefined)?.reason)); });
    expect(await told('127.0.0.1')).toBeUndefined();
    // Prohibited, by the numbers of RFC 4254.
    if (server === 'sshd') expect(await told('127.0.0.2')).toBe(1);
    const refused = await new Promise<boolean>((resolve) => { client.forwardIn('127.0.0.1', 0, (error) => resolve(error !== undefined)); });
    expect(refused).toBe(true);
    client.end();
  });

  it('goes to a public port without SSH', async () => {
    const before = way().made();
    await using without = w.another({ secret: undefined });
    expect(await speak(await without.dial(ref, 7002), 'in public')).toBe('in public');
    expect(way().made()).toBe(before);
  });

  it('ends its SSH connection a while after the last that went through it', async () => {
    const before = way().open();
    await using hasty = w.another({ clock: fast });
    const open = await hasty.dial(ref, 7000);
    expect(way().open()).toBe(before + 1);
    await open[Symbol.asyncDispose]();
    await until(() => way().open() === before);
  });

  it('says that a pod has gone, whose connection was open', async () => {
    const gone = await w.run('gone', w.spec('sh', '-c', `exec ${echoes(7000)}`));
    await using hasty = w.another({ clock: fast });
    await settle(async () => await hasty.dial(gone, 7000).then(() => true, () => false));
    await w.provider.delete(gone);
    await until(() => doors.get('gone')!.open() === 0);
    await expect(hasty.dial(gone, 7000)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('says what to do where the image has no server', async () => {
    bare = await podImage(`neb/runpod-bare-${newId()}:latest`);
    const at = await w.run('bare', { ...w.spec('sh', '-c', 'exec sleep 1000'), image: bare.name });
    await using hasty = w.another({ clock: fast });
    await expect(hasty.dial(at, 7000)).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('neither sshd nor dropbear'), hint: expect.stringContaining('make port 7000 public') });
  });
}
