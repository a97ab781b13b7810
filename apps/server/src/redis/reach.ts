import type { Config } from '../config.ts';
import { hostOf, isLoopback } from '../http/gate.ts';

/** From where workers reach a Redis that only this machine has. */
export interface Reach {
  /** The one platform; none if absent. */
  readonly platform?: string | undefined;
  /** Why no other, and what to do. */
  readonly why: string;
}

const remedy = 'set REDIS_PUBLISH_URL to an address at which they reach it, or REDIS_URL to a Redis that both reach';

/** Containers of this machine's own engine reach this machine, and nobody else does. `what` says which Redis it is. */
export function reachOf({ platforms, docker: { host } }: Pick<Config, 'platforms' | 'docker'>, what: string): Reach {
  if (!platforms.includes('docker')) return { why: `${what}, and platform docker, whose containers would reach it, is not served; ${remedy}` };
  if (!isLocalEngine(host)) return { why: `${what}, and the engine of platform docker is elsewhere (DOCKER_HOST=${host}); ${remedy}` };
  return { platform: 'docker', why: `${what}, which only containers of its Docker Engine reach; ${remedy}` };
}

/** Whether the engine that DOCKER_HOST names is this machine's, as far as the name tells. */
export function isLocalEngine(host: string | undefined): boolean {
  return host === undefined || /^(unix|npipe):/.test(host) || isLoopback(hostOf(host));
}
