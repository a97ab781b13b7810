import { describe, expect, it } from 'vitest';
import { abilityOf, type EngineTold, misfitOf } from './ability.ts';

const here = { criu: '4.2.1', cpu: 'abc', hasDataRoot: true };
const podman: EngineTold = { kind: 'podman', version: '4.3.1', kernel: '6.18.44', arch: 'amd64', isExperimental: true, isRootless: false, remapsUsers: false, runtime: { name: 'runc', knowsCriu: true }, here };
const docker: EngineTold = { ...podman, kind: 'docker', version: '20.10.24', runtime: undefined };

describe('an engine', () => {
  it('that has everything can suspend and fork', () => {
    expect(abilityOf(podman)).toEqual({ can: true, kind: 'podman', forks: true, made: { engine: 'podman 4.3.1, criu 4.2.1', kernel: '6.18.44', arch: 'amd64', cpu: 'abc' } });
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

  it('of another platform does not go on', () => {
    expect(misfitOf({}, at)).toMatch(/another kind of platform/);
  });
});
