import { NebError, type Offer } from '@neb/core-types';

/** What to ask RunPod for, as an offer's id says it: an offer that was written down long ago can still be bought. */
export interface Article {
  readonly kind: 'gpu' | 'cpu';
  /** RunPod's id of the type, such as `NVIDIA A100-SXM4-80GB` or `cpu5c`. */
  readonly type: string;
  /** GPUs, or vCPUs. */
  readonly count: number;
  readonly cloud: 'SECURE' | 'COMMUNITY';
  /** Whether it may be interrupted; not by default. */
  readonly spot?: boolean | undefined;
  /** `undefined` where RunPod chooses. */
  readonly dataCenter: string | undefined;
}

/** The region of offers where RunPod chooses the data centre. */
export const anywhere = 'anywhere';

/** Such as `US-KS-2/secure/gpu/2/NVIDIA A100-SXM4-80GB`, or `US-KS-2/secure-spot/gpu/…` for what may be interrupted. */
export function offerId({ kind, type, count, cloud, spot = false, dataCenter = anywhere }: Article): string {
  return [dataCenter, `${cloud.toLowerCase()}${spot ? '-spot' : ''}`, kind, count, type].join('/');
}

/** What an offer of ours stands for. Throws `invalid` for any other. */
export function articleOf({ id }: Pick<Offer, 'id'>): Article {
  const [, center, cloud, spot, kind, count, type] = /^([^/]+)\/(secure|community)(-spot)?\/(gpu|cpu)\/(\d+)\/(.+)$/.exec(id) ?? [];
  if (center === undefined || type === undefined) throw new NebError('invalid', `"${id}" is no offer of RunPod`);
  return { kind: kind as Article['kind'], type, count: Number(count), cloud: cloud === 'secure' ? 'SECURE' : 'COMMUNITY', ...(spot !== undefined && { spot: true }), dataCenter: center === anywhere ? undefined : center };
}
