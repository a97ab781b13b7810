import type { SaveRequest } from '@neb/core-types';
import type { Ability } from './ability.ts';
import { expect, it } from 'vitest';
import { containerDetail } from '../replies.ts';
import type { GpuPath } from './gpu-path.ts';
import { type ProcessTold, refusalFrom } from './refusal.ts';

const request: SaveRequest = { key: 'k', fleet: 'f', then: 'suspend', for: 'itself' };
const any: SaveRequest = { ...request, for: 'any' };
const gpus: GpuPath = { isAsked: true, lacks: [], driver: '570.86.15', models: ['NVIDIA L4'] };
const podman = { can: true, kind: 'podman', forks: true, made: {}, gpus } as const;
const docker = { ...podman, kind: 'docker' } as const;
const process: ProcessTold = { uid: 0, hasSysResource: true, usesIoUring: false };
const running = { Name: '/neb.f.k', State: { Status: 'running', Pid: 7 }, Config: { Labels: {}, Image: 'img' }, NetworkSettings: {} };
const seenOf = (more: object): ReturnType<typeof containerDetail.parse> => containerDetail.parse({ ...running, ...more });
const interval = (seconds: number): object => ({ Config: { ...running.Config, Healthcheck: { Interval: seconds * 1e9 } } });

const withGpu = { HostConfig: { DeviceRequests: [{}] } };

interface Case {
  readonly more?: object;
  readonly request?: SaveRequest;
  readonly ability?: Ability & { readonly can: true };
  readonly process?: ProcessTold | undefined;
  readonly isSuspended?: boolean;
  readonly isBeingSaved?: boolean;
}
const refusal = ({ more = {}, request: asked = request, ability = podman, process: told = process, isSuspended = false, isBeingSaved = false }: Case): ReturnType<typeof refusalFrom> =>
  refusalFrom({ seen: seenOf(more), request: asked, ability, isSuspended, isBeingSaved }, told);

it.each<[string, Case]>([
  ['runs as root', {}],
  ['runs as another user where CRIU may look', { process: { ...process, uid: 1000 } }],
  ['is asked for forks', { request: any }],
  ['keeps its connections at Podman', { request: { ...request, connections: 'keep' } }],
  ['stands still while it is saved for others', { more: { State: { Status: 'paused' } }, isBeingSaved: true }],
  ['has a slow health check at Docker', { ability: docker, more: interval(30) }],
  ['has a GPU, where every piece of its path is', { more: withGpu }],
  ['has a GPU, and is to be taken elsewhere by Docker', { ability: docker, request: any, more: withGpu }],
  ['runs at a Docker elsewhere, for itself', { ability: { ...docker, forks: false }, process: undefined }],
])('a container that %s can be saved', (_, asked) => {
  expect(refusal(asked)).toBeUndefined();
});

it.each<[string, Case, string, RegExp]>([
  ['has ended', { more: { State: { Status: 'exited' } } }, 'conflict', /does not run/],
  ['is suspended', { more: { State: { Status: 'exited' } }, isSuspended: true }, 'conflict', /suspended already/],
  ['runs as another user where CRIU may not look', { process: { ...process, uid: 1000, hasSysResource: false } }, 'unsupported', /user 1000.*CAP_SYS_RESOURCE/],
  ['uses io_uring', { process: { ...process, usesIoUring: true } }, 'unsupported', /io_uring/],
  ['has a GPU', { ability: { ...podman, gpus: { ...gpus, lacks: ['no driver from 570 on', 'no plugin'] } }, more: withGpu }, 'unsupported', /cannot be saved: no driver from 570 on$/],
  ['has GPUs of ours', { ability: { ...podman, gpus: { ...gpus, lacks: ['no plugin'] } }, more: { Config: { ...running.Config, Labels: { 'neb.gpus': '0' } } } }, 'unsupported', /no plugin$/],
  ['has a GPU, and is to be forked by Podman', { request: any, more: withGpu }, 'unsupported', /very devices/],
  ['has an init', { more: { HostConfig: { Init: true } } }, 'unsupported', /--init/],
  ['keeps connections for any', { request: { ...any, connections: 'keep' } }, 'unsupported', /another address/],
  ['keeps connections at Docker', { ability: docker, request: { ...request, connections: 'keep' } }, 'unsupported', /Podman can/],
  ['has a quick health check at Docker', { ability: docker, more: interval(1) }, 'unsupported', /every 1 s/],
  ['is removed at its end by Docker', { ability: docker, more: { HostConfig: { AutoRemove: true } } }, 'unsupported', /--rm/],
  ['is restarted by Docker', { ability: docker, more: { HostConfig: { RestartPolicy: { Name: 'always' } } } }, 'unsupported', /--restart/],
  ['is to be forked at a Docker elsewhere', { ability: { ...docker, forks: false }, request: any }, 'unsupported', /take Podman/],
])('a container that %s is refused in words', (_, asked, code, words) => {
  expect(refusal(asked)).toEqual({ code, why: expect.stringMatching(words) });
});
