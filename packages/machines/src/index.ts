export { type Access, type MachineEngine, sshAccess } from './access.ts';
export type { Machine, MachineRequest, Machines, MachineTraits } from './machines.ts';
export type { MachineProviderOptions } from './options.ts';
export { type MachineProvider, machineProvider } from './provider.ts';
