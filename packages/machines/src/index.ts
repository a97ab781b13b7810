export { type Access, type MachineEngine, type Mount, sshAccess } from './access.ts';
export type { DiskName, Disks, Machine, MachineRequest, Machines, MachineTraits, Rests } from './machines.ts';
export type { MachineProviderOptions } from './options.ts';
export { type MachineProvider, machineProvider } from './provider.ts';
