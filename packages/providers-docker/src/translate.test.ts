import type { CreateRequest, LaunchSpec } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { containerDetail, containerSummary } from './replies.ts';
import { createBody, instanceOf, runningInstanceOf } from './translate.ts';

const spec: LaunchSpec = { image: 'app:1', env: {}, ports: [], volumes: [], limits: {}, network: { namespace: 'team', hostnames: ['container-x', 'web'] }, labels: {} };
const offer = { id: 'local', region: 'local', pricePerHour: '0', spot: false, available: 'yes' } as const;
const body = (more: Partial<LaunchSpec>, gpus?: readonly string[]) =>
  createBody({ key: 'k', fleet: 'f', offer, spec: { ...spec, ...more } } satisfies CreateRequest, { publishAddress: '127.0.0.1', pidsLimit: 4_096, gpus });

describe('a create body', () => {
  it('names its owner, whatever labels the spec has', () => {
    expect(body({ labels: { team: 'a', 'neb.key': 'forged' } })).toMatchObject({ Labels: { team: 'a', 'neb.fleet': 'f', 'neb.key': 'k', 'neb.namespace': 'team' } });
  });

  it('puts the container into its namespace\'s network under its host names', () => {
    expect(body({})).toMatchObject({
      Hostname: 'container-x', HostConfig: { NetworkMode: 'neb.f.team' },
      NetworkingConfig: { EndpointsConfig: { 'neb.f.team': { Aliases: ['container-x', 'web'] } } },
    });
  });

  it('gives no privileges', () => {
    const { HostConfig } = body({}) as { HostConfig: Record<string, unknown> };
    expect(HostConfig).toMatchObject({ SecurityOpt: ['no-new-privileges'], CapDrop: ['NET_RAW', 'MKNOD'], PidsLimit: 4_096, IpcMode: 'private', NetworkMode: 'neb.f.team' });
    for (const weaker of ['Privileged', 'CapAdd', 'PidMode', 'UsernsMode', 'UTSMode', 'CgroupnsMode', 'Devices', 'DeviceCgroupRules', 'MaskedPaths', 'ReadonlyPaths', 'VolumesFrom', 'CgroupParent', 'Runtime']) {
      expect(HostConfig).not.toHaveProperty(weaker);
    }
  });

  it('publishes public ports only', () => {
    const ports = [{ port: 80, protocol: 'tcp', public: true, hostPort: 8080 }, { port: 53, protocol: 'udp', public: true }, { port: 9, protocol: 'tcp', public: false }] as const;
    expect(body({ ports })).toMatchObject({
      ExposedPorts: { '80/tcp': {}, '53/udp': {}, '9/tcp': {} },
      HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }], '53/udp': [{ HostIp: '127.0.0.1', HostPort: '' }] } },
    });
    expect(body({ ports })).not.toHaveProperty('HostConfig.PortBindings.9/tcp');
  });

  it('keeps named volumes of namespaces apart', () => {
    expect(body({ volumes: [{ kind: 'named', name: 'data', mount: '/data' }, { kind: 'host', path: '/srv', mount: '/srv' }] })).toMatchObject({
      HostConfig: { Mounts: [{ Type: 'volume', Source: 'neb.f.team.data', Target: '/data' }, { Type: 'bind', Source: '/srv', Target: '/srv' }] },
    });
  });

  it('limits cpus, memory and swap', () => {
    expect(body({ limits: { cpus: 0.5, memoryBytes: 2 ** 28 } })).toMatchObject({ HostConfig: { NanoCpus: 500_000_000, Memory: 2 ** 28, MemorySwap: 2 ** 28, ShmSize: 2 ** 27 } });
    expect(body({})).not.toHaveProperty('HostConfig.Memory');
  });

  it('asks for the very GPUs, or for a number of them where they are not counted', () => {
    const accelerator = { name: 'L4', count: 2 };
    expect(body({ accelerator }, ['1', '3'])).toMatchObject({ Labels: { 'neb.gpus': '1,3' }, HostConfig: { DeviceRequests: [{ DeviceIDs: ['1', '3'], Capabilities: [['gpu']] }] } });
    expect(body({ accelerator })).toMatchObject({ HostConfig: { DeviceRequests: [{ Count: 2 }] } });
    expect(body({})).not.toHaveProperty('HostConfig.DeviceRequests');
  });

  it('leaves command and arguments to the image where the spec does', () => {
    expect(body({})).not.toHaveProperty('Entrypoint');
    expect(body({})).not.toHaveProperty('Cmd');
    expect(body({ entrypoint: ['a'], args: ['b'] })).toMatchObject({ Entrypoint: ['a'], Cmd: ['b'] });
  });
});

describe('an instance', () => {
  const never = '0001-01-01T00:00:00Z';
  const [started, finished] = ['2026-01-31T12:00:00.123456789Z', '2026-01-31T12:05:00Z'];
  const shown = (state: object) => instanceOf('local', containerDetail.parse({
    Name: '/neb.f.k', State: state, Config: { Labels: { 'neb.key': 'k' }, Image: 'app:1' },
    NetworkSettings: { Networks: { n: { IPAddress: '10.1.2.3' } }, Ports: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '49153' }, { HostIp: '::', HostPort: '49153' }], '81/tcp': null } },
  }));

  it.each([
    ['created', { Status: 'created', StartedAt: never, FinishedAt: never }, { state: 'pending', isUnattended: true, progress: { phase: 'starting' } }],
    ['created without its network', { Status: 'created', Error: 'network neb.f.team not found' }, { state: 'pending' }],
    ['created and failed', { Status: 'created', Error: 'Bind for 127.0.0.1:80 failed: port is already allocated' }, { state: 'failed', failure: { code: 'conflict', message: 'port 80 of the host is taken' } }],
    ['running', { Status: 'running', StartedAt: started, FinishedAt: never }, { state: 'running', startedAt: started, address: '10.1.2.3', ports: [{ port: 80, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 49153 }] }],
    ['exited', { Status: 'exited', ExitCode: 3, StartedAt: started, FinishedAt: finished }, { state: 'exited', exitCode: 3, startedAt: started, finishedAt: finished }],
    ['killed for memory', { Status: 'exited', ExitCode: 137, OOMKilled: true, StartedAt: started, FinishedAt: finished }, { state: 'exited', reason: 'OOMKilled' }],
    ['paused', { Status: 'paused', StartedAt: started }, { state: 'unknown' }],
    ['in a state yet to be invented', { Status: 'hibernating' }, { state: 'unknown' }],
  ])('that is %s', (_, state, instance) => {
    expect(shown(state)).toMatchObject({ ref: 'local/neb.f.k', key: 'k', ...instance });
  });

  it('of a list is the same where it runs, and not told where a list does not tell', () => {
    const summary = (State: string) => containerSummary.parse({
      Names: ['/neb.f.k'], State, Labels: { 'neb.key': 'k' }, Ports: [{ IP: '127.0.0.1', PrivatePort: 80, PublicPort: 49153, Type: 'tcp' }, { PrivatePort: 81, Type: 'tcp' }],
      NetworkSettings: { Networks: { n: { IPAddress: '10.1.2.3' } } },
    });
    const { startedAt: _, ...running } = shown({ Status: 'running', StartedAt: started });
    expect(runningInstanceOf('local', summary('running'))).toEqual(running);
    expect(runningInstanceOf('local', summary('exited'))).toBeUndefined();
  });
});
