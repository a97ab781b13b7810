import { type MachineProvider, machineProvider } from '@neb/machines';
import { ec2 } from './ec2.ts';
import type { AwsOptions } from './options.ts';

/** A provider over EC2. Dispose of it to end what it does in the background, and to close its connections. */
export interface AwsProvider extends MachineProvider {
  readiness: NonNullable<MachineProvider['readiness']>;
}

/** EC2 as a platform: each container gets an instance of its own, which ends with it. Asks nothing before it is first used. */
export function aws(options: AwsOptions): AwsProvider {
  const machines = ec2(options);
  const provider = machineProvider(machines, options);
  return {
    ...provider,
    readiness: machines.readiness,
    async [Symbol.asyncDispose]() {
      await provider[Symbol.asyncDispose]();
      machines[Symbol.dispose]();
    },
  };
}
