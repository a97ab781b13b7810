import type { ContainerStatus } from '@neb/core-types';

/** The status of a container that was just created. */
export const newContainerStatus: ContainerStatus = {
  status: 'pending', ready: false, attempts: 0, restart_count: 0, launch_failures: 0, conditions: [],
};
