import { describe, expect, it } from 'vitest';
import { abilityOf, type EngineTold, misfitOf } from './ability.ts';

const gpus = { driver: '570.86.15', models: ['NVIDIA L4', 'NVIDIA L4'], pluginFolder: '/usr/lib/criu', hasPlugin: true, hasCheckpoint: true };
const here = { criu: '4.2.1', cpu: 'abc', hasDataRoot: true, gpus };
const podman: EngineTold = { kind: 'podman', version: '4.3.1', kernel: '6.18.44', arch: 'amd64', isExperimental: true, isRootless: false, remapsUsers: false, runtime: { name: 'runc', knowsCriu: true }, hasGpuRuntime: false, here };
const docker: EngineTold = { ...podman, kind: 'docker', version: '20.10.24', runtime: undefined };

describe('an engine', () => {
  it('that has everything can suspend and fork', () => {
    expect(abilityOf(podman)).toEqual({ can: true, kind: 'podman', forks: true, made: { engine: 'podman 4.3.1, criu 4.2.1', kernel: '6.18.44', arch: 'amd64', cpu: 'abc' }, gpus: { isAsked: true, lacks: [], driver: '570.86.15', models: ['NVIDIA L4', 'NVIDIA L4'] } });
    expect(abilityOf(docker)).toMatchObject({ can: true, forks: true });
  });

  it('elsewhere is believed to have criu, and only Podman forks there', () => {
    expect(abilityOf({ ...podman, here: undefined })).toMatchObject({ can: true, forks: true });
    expect(abilityOf({ ...docker, here: undefined })).toMatchObject({ can: true, forks: false });
  });

  it.each<[string, EngineTold, RegExp]>([
    ['is rootless', { ...podman, isRootless: true }, /rootless/],
    ['is not experimental', { ...docker, isExperimental: false }, /daemon\.json/],
    ['remaps users', { ...docker, remapsUsers: true }, /userns-remap/],
    ['is Docker 28', { ...docker, version: '28.5.2' }, /Podman can/],
    ['runs crun without CRIU', { ...podman, runtime: { name: 'crun', knowsCriu: false } }, /runtime = "runc"/],
    ['has no criu', { ...podman, here: { ...here, criu: undefined } }, /install-criu\.sh/],
    ['has a criu too old for its kernel', { ...podman, here: { ...here, criu: '4.1.1' } }, /needs 4\.2/],
  ])('that %s says so', (_, told, words) => {
    expect(abilityOf(told)).toEqual({ can: false, why: expect.stringMatching(words) });
  });

  it('with an older kernel is content with an older criu', () => {
    expect(abilityOf({ ...podman, kernel: '6.12.1', here: { ...here, criu: '4.1.1' } })).toMatchObject({ can: true });
  });
});

describe('a snapshot', () => {
  const at = abilityOf(podman);
  const made = at.can ? at.made : {};

  it('goes on where it was saved, and on a newer kernel', () => {
    expect(misfitOf(made, at)).toBeUndefined();
    expect(misfitOf(made, abilityOf({ ...podman, kernel: '7.0.1' }))).toBeUndefined();
  });

  it.each([
    ['another engine', abilityOf(docker), /saved by podman/],
    ['another architecture', abilityOf({ ...podman, arch: 'arm64' }), /amd64.*arm64/],
    ['another CPU', abilityOf({ ...podman, here: { ...here, cpu: 'def' } }), /features/],
    ['an older kernel', abilityOf({ ...podman, kernel: '6.12.1' }), /older/],
    ['an engine that cannot suspend', abilityOf({ ...podman, here: { ...here, criu: undefined } }), /no criu/],
  ])('does not go on at %s', (_, ability, words) => {
    expect(misfitOf(made, ability)).toMatch(words);
  });

  const held = { ...made, accelerator: '1 x NVIDIA L4', driver: '570.86.15' };
  const other = (more: Partial<typeof gpus>): ReturnType<typeof abilityOf> => abilityOf({ ...podman, here: { ...here, gpus: { ...gpus, ...more } } });

  it.each([
    ['as many of its GPUs and a driver of its kind', held, other({ driver: '570.124.06' })],
    ['all of its GPUs', { ...held, accelerator: '2 x NVIDIA L4' }, at],
  ])('goes on where there are %s', (_, needs, ability) => {
    expect(misfitOf(needs, ability)).toBeUndefined();
  });

  it.each([
    ['another GPU', held, other({ models: ['NVIDIA T4'] }), 'it was saved on 1 x NVIDIA L4, and the host has 1 x NVIDIA T4'],
    ['fewer GPUs', { ...held, accelerator: '2 x NVIDIA L4' }, other({ models: ['NVIDIA L4'] }), 'it was saved on 2 x NVIDIA L4, and the host has 1 x NVIDIA L4'],
    ['no GPU', held, other({ models: [] }), 'it was saved on 1 x NVIDIA L4, and the host has no GPU'],
    ['a newer driver', held, other({ driver: '580.65.06' }), 'it was saved with NVIDIA driver 570.86.15, and the host has 580.65.06'],
    ['a piece of the path missing', held, other({ hasPlugin: false }), expect.stringMatching(/^it holds 1 x NVIDIA L4, which cannot be brought back there: CRIU's plugin for CUDA/)],
    ['nobody who can look', held, abilityOf({ ...podman, here: undefined }), expect.stringContaining('on another machine')],
  ])('with a GPU does not go on where there is %s', (_, needs, ability, words) => {
    expect(misfitOf(needs, ability)).toEqual(words);
  });

  it('of another platform does not go on', () => {
    expect(misfitOf({}, at)).toMatch(/another kind of platform/);
  });
});
