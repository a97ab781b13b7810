import { collect } from '@neb/core-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conforms } from '../test/conformance.ts';
import { firstOffer, unique } from '../test/real-engine.ts';
import { type Sshd, sshd } from '../test/sshd.ts';
import { ssh, type SshTarget } from './index.ts';

let server: Sshd;
beforeAll(async () => {
  server = await sshd();
});
afterAll(() => server.stop());

conforms('ssh', async () => ({ provider: ssh({ hosts: [{ ...server.target, name: 'one' }] }) }));

describe('a platform of hosts reached over SSH', () => {
  const readiness = async (target: Partial<SshTarget>): Promise<string | undefined> => {
    await using provider = ssh({ hosts: [{ ...server.target, ...target }] });
    return await provider.readiness?.();
  };

  it('offers each host as a region', async () => {
    await using provider = ssh({ hosts: [{ ...server.target, name: 'one' }, { ...server.target, name: 'two' }] });
    expect((await collect(provider.offers({}))).map(({ id, region }) => [id, region])).toEqual([['one', 'one'], ['two', 'two']]);
    expect((await collect(provider.offers({ regions: ['two'] }))).map(({ id }) => id)).toEqual(['two']);
  });

  it('offers what answers while a host is away', async () => {
    await using provider = ssh({ hosts: [{ ...server.target, name: 'gone', port: 1 }, { ...server.target, name: 'here' }] });
    expect((await firstOffer(provider)).region).toBe('here');
    expect(await provider.readiness?.()).toBeUndefined();
    await expect(collect(provider.list({ fleet: unique('none') }))).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('refuses a host whose key is not known, and shows the key', async () => {
    expect(await readiness({ hostKeys: [] })).toMatch(/The SSH host key of .* is not known\. If SHA256:\S+ is right, add it/);
  });

  it('refuses a host that shows another key than the known one', async () => {
    const other = `ssh-ed25519 ${Buffer.from('another key').toString('base64')}`;
    expect(await readiness({ hostKeys: [other] })).toMatch(/is not the one known; it showed SHA256:/);
  });

  it('knows a host by its known_hosts line', async () => {
    const { port } = server.target;
    expect(await readiness({ hostKeys: [], knownHosts: `[127.0.0.1]:${port} ${server.hostKey}\n` })).toBeUndefined();
  });

  it('says that the key was refused', async () => {
    const stranger = await sshd();
    expect(await readiness({ privateKey: stranger.target.privateKey })).toMatch(/refuses the SSH key\. Add its public half/);
    await stranger.stop();
  });

  it('says that the host cannot be reached', async () => {
    expect(await readiness({ port: 1 })).toMatch(/cannot be reached over SSH: .*ECONNREFUSED/);
  });

  it('says that the engine is not there', async () => {
    expect(await readiness({ socketPath: '/var/run/no-engine.sock' })).toMatch(/did not open the engine's socket \/var\/run\/no-engine\.sock/);
  });

  it('connects again after the connection broke', async () => {
    await using provider = ssh({ hosts: [server.target] });
    expect(await provider.readiness?.()).toBeUndefined();
    await server.cut();
    const seen = [];
    for (let tries = 0; tries < 3; tries++) seen.push(await provider.readiness?.());
    expect(seen.at(-1)).toBeUndefined();
  });
});
