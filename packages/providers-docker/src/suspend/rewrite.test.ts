import type { LaunchSpec } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { rewriteConfig, rewriteSpec, type Target } from './rewrite.ts';

const spec: LaunchSpec = { image: 'any', env: {}, ports: [], volumes: [], limits: {}, labels: { team: 'blue' }, network: { namespace: 'ns', hostnames: ['web'] } };
const target: Target = {
  name: 'neb.f.new',
  request: { key: 'new', fleet: 'f', offer: { id: 'x', region: 'x', pricePerHour: '0', spot: false, available: 'yes' }, spec },
  secrets: [{ source: '/dev/shm/neb-0/new/0', target: '/run/secrets/key' }],
  volumePath: '/there/volumes',
};
const config = {
  name: 'neb.f.old', id: 'abc', rootfsImageName: 'img', staticDir: '/here/root/abc/userdata', conmonPidFile: '/here/run/abc/userdata/conmon.pid', pid_file: 'p', logPath: 'l', ShmDir: 's',
  labels: { 'neb.key': 'old', 'neb.fleet': 'f', 'neb.gpus': '0', kept: 'yes' }, namedVolumes: [{ volumeName: 'neb.f.ns.v', dest: '/data' }], stopSignal: 15,
};
const mounts = [
  { destination: '/proc', type: 'proc', source: 'proc' },
  { destination: '/etc/hosts', type: 'bind', source: '/here/run/abc/userdata/hosts' },
  { destination: '/dev/shm', type: 'bind', source: '/here/root/abc/userdata/shm' },
  { destination: '/data', type: 'bind', source: '/here/root/volumes/neb.f.ns.v/_data' },
  { destination: '/run/secrets/key', type: 'bind', source: '/dev/shm/neb-0/old/0' },
];

describe('what an archive of Podman holds', () => {
  it('is a container of the new name, with its labels and network, and none of the paths it had', () => {
    const { labels, newNetworks, ...rest } = rewriteConfig(config, target);
    expect(labels).toEqual({ 'neb.key': 'new', 'neb.fleet': 'f', 'neb.namespace': 'ns', team: 'blue', kept: 'yes' });
    expect(newNetworks).toEqual({ 'neb.f.ns': { aliases: ['web'], interface_name: 'eth0' } });
    expect(rest).toMatchObject({ id: '', name: 'neb.f.new', staticDir: '', conmonPidFile: '', pid_file: '', logPath: '', ShmDir: '', stopSignal: 15 });
    expect(JSON.stringify(rest)).not.toContain('/here/');
  });

  it('has its volumes and secrets where they are now, and leaves the rest to Podman', () => {
    expect(rewriteSpec({ mounts }, config, target).mounts).toEqual([
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/data', type: 'bind', source: '/there/volumes/neb.f.ns.v/_data' },
      { destination: '/run/secrets/key', type: 'bind', source: '/dev/shm/neb-0/new/0' },
    ]);
  });

  it('does not go on with the secret files of another', () => {
    expect(() => rewriteSpec({ mounts }, config, { ...target, secrets: [] })).toThrow(/file at \/run\/secrets\/key that is not given/);
  });

  it('keeps paths of the host that the request names', () => {
    const host = { destination: '/models', type: 'bind', source: '/srv/models' };
    const request = { ...target.request, spec: { ...spec, volumes: [{ kind: 'host' as const, path: '/srv/models', mount: '/models' }] } };
    expect(rewriteSpec({ mounts: [host] }, config, { ...target, request }).mounts).toEqual([host]);
    expect(() => rewriteSpec({ mounts: [host] }, config, target)).toThrow(/\/models/);
  });
});
