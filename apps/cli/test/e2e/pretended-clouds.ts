import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type LaunchSpec, systemClock } from '@neb/core-types';
import { type DockerMachines, dockerMachines, type Ec2Cloud, ec2Cloud, type RunpodCloud, runpodCloud, type SshdHosts, sshdHosts } from '@neb/cloud-simulator';
import { type Access, type MachineEngine, sshAccess } from '@neb/machines';

/** A RunPod and an EC2 of an account, whose machines are this one's Docker, directly and behind real sshds. */
export interface PretendedClouds extends AsyncDisposable {
  readonly runpod: RunpodCloud;
  readonly ec2: Ec2Cloud;
  /** How a server reaches the machines of this EC2. */
  readonly machineAccess: Access;
  /** The variables by which a server uses both. */
  readonly env: Readonly<Record<string, string>>;
}

/** The clouds' minutes are the test's seconds. */
const hurried: Clock = { now: () => systemClock.now(), sleep: (ms, signal) => systemClock.sleep(ms / 20, signal) };

/** What machines mount is made below `folder`. */
export async function pretendedClouds(folder: string): Promise<PretendedClouds> {
  const pods: DockerMachines = dockerMachines();
  const hosts = sshdHosts();
  const [runpod, ec2] = await Promise.all([runpodCloud({ clock: hurried, machinery: pods }), ec2Cloud({ clock: hurried, hosts })]);
  const { accessKeyId, secretAccessKey } = ec2.credentials;
  return {
    runpod, ec2, machineAccess: accessTo(hosts, folder),
    env: {
      NEB_PLATFORMS: 'runpod,aws', RUNPOD_API_KEY: runpod.apiKey, NEB_RUNPOD_URL: runpod.url,
      AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: 'us-east-1', NEB_AWS_URL: ec2.url,
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([runpod[Symbol.asyncDispose](), ec2[Symbol.asyncDispose]()]);
      await Promise.all([pods[Symbol.asyncDispose](), hosts.close()]);
    },
  };
}

/** Over SSH, to machines whose Docker and files are this one's: it has no GPU, and their disks are folders. */
function accessTo(hosts: SshdHosts, folder: string): Access {
  const here = (spec: LaunchSpec): LaunchSpec => ({
    ...spec, accelerator: undefined, volumes: spec.volumes.map((volume) => (volume.kind === 'host' ? { ...volume, path: join(folder, volume.path) } : volume)),
  });
  return {
    engine(target): MachineEngine {
      const engine = sshAccess.engine({ ...target, ...hosts.reach(target.host) });
      return { ...engine, create: (request, call) => engine.create({ ...request, spec: here(request.spec) }, call) };
    },
    async mount(_target, mount) {
      await mkdir(join(folder, mount.folder), { recursive: true });
    },
    beat: (target, call) => sshAccess.beat({ ...target, ...hosts.reach(target.host) }, call),
  };
}
