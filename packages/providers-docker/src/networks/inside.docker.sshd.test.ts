import { buffer, text } from 'node:stream/consumers';
import { connect } from 'node:net';
import { type Connection, type InsideNetwork, type InsideNetworks, type InstanceRef } from '@neb/core-types';
import { freePort } from '@neb/core-types/testing';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { busyboxImage, launch, shell, sweep, type TestImage, unique } from '../../test/real-engine.ts';
import { type Sshd, sshd } from '../../test/sshd.ts';
import { type DockerProvider, ssh } from '../index.ts';

const [fleet, namespace] = [unique('bridge'), 'shop'];
let image: TestImage;
let server: Sshd;
let provider: DockerProvider;
let inside: InsideNetworks;
let network: InsideNetwork;
let box: InstanceRef;

async function run(command: string, ref = box): Promise<string> {
  await using session = await provider.exec!(ref, { command: ['sh', '-c', command] });
  let said = '';
  for await (const { data } of session.output) said += Buffer.from(data).toString();
  return said;
}

beforeAll(async () => {
  [image, server] = await Promise.all([busyboxImage(), sshd('GatewayPorts clientspecified')]);
  provider = ssh({ hosts: [{ ...server.target, name: 'one' }, { ...server.target, name: 'two' }] });
  expect(provider.networks!.inside!.map(({ host }) => host)).toEqual(['one', 'two']);
  inside = provider.networks!.inside![0]!;
  ({ ref: box } = await launch(provider, { key: 'box', fleet, spec: shell(image.image, 'trap exit TERM; sleep 1000 & wait', { network: { namespace, hostnames: [] } }) }));
  for await (const [first] of inside.watch({ fleet })) {
    network = first!;
    break;
  }
}, 60_000);
afterAll(async () => {
  await provider[Symbol.asyncDispose]();
  await sweep(fleet);
  await image.remove();
  await server.stop();
});

it('has the host listen at a bridge for its containers, hears them, and tells where they come from', async () => {
  const port = await freePort('0.0.0.0');
  const taken: (readonly [string, string])[] = [];
  const answer = async (connection: Connection, from: string): Promise<void> => {
    taken.push([(await buffer(connection.readable)).toString(), from]);
    await connection.write(Buffer.from('and back'));
    await connection[Symbol.asyncDispose]();
  };
  const listener = await inside.listen!({ address: network.address, port }, (...call) => void answer(...call));
  expect(await run(`echo hello | nc ${network.address} ${port}`)).toBe('and back');
  expect(taken).toEqual([['hello\n', expect.stringMatching(/^10\./)]]);
  await expect(inside.listen!({ address: network.address, port }, () => undefined)).rejects.toMatchObject({ code: 'conflict' });
  // What has a hint waits for an operator; this waits for the other one's end.
  const error: unknown = await provider.networks!.inside![1]!.listen!({ address: network.address, port }, () => undefined).catch((refused: unknown) => refused);
  expect(error).toMatchObject({ code: 'unavailable', hint: undefined, message: expect.stringContaining(`does not listen at port ${port}`) });
  await listener[Symbol.asyncDispose]();
  await listener.over;
  expect(await run(`nc ${network.address} ${port} </dev/null 2>&1`)).toMatch(/refused/);
});

it('says that it is over where the connection to the host breaks, and listens anew', async () => {
  const at = { address: network.address, port: await freePort('0.0.0.0') };
  const listener = await inside.listen!(at, () => undefined);
  await server.cut();
  await listener.over;
  await vi.waitFor(async () => {
    const again = await inside.listen!(at, (connection) => void connection.write(Buffer.from('here')).then(() => connection.closeWrite()));
    onTestFinished(() => again[Symbol.asyncDispose]());
  }, { timeout: 10_000, interval: 200 });
  expect(await run(`nc ${at.address} ${at.port} </dev/null`)).toBe('here');
});

it.each([
  ['no', /listens at loopback alone, where no container reaches it/],
  ['yes', /listens at every address, where all are heard/],
])('refuses to where sshd has GatewayPorts %s, and listens at nothing then', async (word, why) => {
  const other = await sshd(`GatewayPorts ${word}`);
  await using elsewhere = ssh({ hosts: [{ ...other.target, name: 'one' }] });
  onTestFinished(() => other.stop());
  const port = await freePort('0.0.0.0');
  await expect(elsewhere.networks!.inside![0]!.listen!({ address: network.address, port }, () => undefined)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(why), hint: expect.stringContaining('GatewayPorts clientspecified') });
  for (const host of ['127.0.0.1', network.address]) await expect(text(connect(port, host))).rejects.toThrow('ECONNREFUSED');
});

it('names it in containers that run, by their own shell, and in those to come', async () => {
  const named = async (ref = box): Promise<readonly string[]> => (await run('cat /etc/hosts', ref)).split('\n').filter((line) => line.startsWith(`${network.address}\t`)).map((line) => line.split('\t')[1]!);
  const before = await run('cat /etc/hosts');
  expect(await inside.name({ fleet, namespace, names: ['web.shop', 'service-s1'] })).toBe(0);
  expect(await named()).toEqual(['web.shop', 'service-s1']);
  const { ref } = await launch(provider, { key: 'later', fleet, spec: shell(image.image, 'trap exit TERM; sleep 1000 & wait', { network: { namespace, hostnames: [] } }) });
  expect(await named(ref)).toEqual(['web.shop', 'service-s1']);
  expect(await inside.name({ fleet, namespace, names: ['web.shop'] })).toBe(0);
  expect(await named(ref)).toEqual(['web.shop']);
  expect(await inside.name({ fleet, namespace, names: [] })).toBe(0);
  expect(await run('cat /etc/hosts')).toBe(before);
});
