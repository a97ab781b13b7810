export { docker, type DockerProvider, podman, ssh } from './docker.ts';
export { type EngineService, engineService, type ServiceSpec } from './service.ts';
export type { DockerOptions, EngineOptions, HostAccelerator, PodmanHost, PodmanOptions, SshHost, SshOptions, SubnetPool } from './options.ts';
export type { TlsOptions } from './connection/local.ts';
export type { HostTrust } from '@neb/ssh';
export type { SshTarget } from './connection/ssh.ts';
