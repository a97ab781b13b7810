import { timestamp } from '@neb/core-types';
import type { Query } from './query.ts';
import type { Xml } from './xml.ts';

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

/** An instance as the cloud keeps it. */
export interface Ec2Instance {
  readonly id: string;
  readonly type: string;
  readonly zone: string;
  readonly spot: boolean;
  readonly imageId: string;
  readonly keyName: string | undefined;
  readonly subnetId: string;
  readonly token: string | undefined;
  readonly userData: string;
  readonly endsItself: 'terminate' | 'stop';
  readonly hopLimit: string | undefined;
  readonly publicIp: boolean;
  /** When it was bought. */
  readonly boughtAt: number;
  /** Lists do not show it before. */
  readonly listedFrom: number;
  /** Ends what is timed, once the instance is terminated. */
  readonly gone: AbortController;
  tags: Readonly<Record<string, string>>;
  /** When it was last started. */
  launchedAt: number;
  /** When the cloud gave notice that it takes it away. */
  noticeAt: number | undefined;
  state: InstanceState;
  reason: string | undefined;
  console: string;
  publicAddress: string | undefined;
  privateAddress: string | undefined;
}

const codes: Readonly<Record<InstanceState, number>> = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48, stopping: 64, stopped: 80 };

/** Its state as it goes over the wire. */
export function shownState(state: InstanceState): { readonly [name: string]: Xml } {
  return { code: codes[state], name: state };
}

/** An instance as it goes over the wire. */
export function shownInstance(instance: Ec2Instance): { readonly [name: string]: Xml } {
  const ended = instance.state === 'terminated';
  return {
    instanceId: instance.id, imageId: instance.imageId, instanceState: shownState(instance.state), instanceType: instance.type,
    keyName: instance.keyName, launchTime: timestamp(instance.launchedAt), placement: { availabilityZone: instance.zone, tenancy: 'default' },
    subnetId: ended ? undefined : instance.subnetId, privateIpAddress: ended ? undefined : instance.privateAddress, ipAddress: ended || !instance.publicIp ? undefined : instance.publicAddress,
    networkInterfaceSet: ended ? [] : [{ networkInterfaceId: `eni-${instance.id.slice(2)}`, attachment: { deviceIndex: 0, status: 'attached', attachTime: timestamp(instance.boughtAt) } }],
    clientToken: instance.token, instanceLifecycle: instance.spot ? 'spot' : undefined,
    stateReason: instance.reason === undefined ? undefined : { code: instance.reason, message: instance.reason },
    tagSet: Object.entries(instance.tags).map(([key, value]) => ({ key, value })),
  };
}

/** How far the request is that a spot instance fulfils. */
export function spotCode({ noticeAt, state }: Ec2Instance): string {
  if (state === 'shutting-down' || state === 'terminated') return 'instance-terminated-no-capacity';
  return noticeAt === undefined ? 'fulfilled' : 'marked-for-termination';
}

/** That request as it goes over the wire. */
export function shownSpotRequest(instance: Ec2Instance): { readonly [name: string]: Xml } {
  const { id, boughtAt, noticeAt, gone } = instance;
  const code = spotCode(instance);
  return { spotInstanceRequestId: `sir-${id.slice(2, 10)}`, instanceId: id, type: 'one-time', state: gone.signal.aborted ? 'closed' : 'active', status: { code, message: code, updateTime: timestamp(noticeAt ?? boughtAt) } };
}

/** Whether an instance is what the filters of a query ask for. */
export function isAsked(instance: Ec2Instance, query: Query): boolean {
  return [...query.filters()].every(([name, values]) => {
    const value = name === 'instance-state-name' ? instance.state : name === 'client-token' ? instance.token : instance.tags[name.replace(/^tag:/, '')];
    return value !== undefined && values.includes(value);
  });
}
