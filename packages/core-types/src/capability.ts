/** What a container may need of the place where it runs, in the words of `neb get platforms`. */
export const neededCapabilities = ['logs', 'exec', 'port-forward', 'cp', 'top', 'networks', 'suspend', 'suspend:memory', 'fork', 'archive'] as const;
export type Capability = (typeof neededCapabilities)[number];
