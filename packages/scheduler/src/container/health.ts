import { type Clock, type Connection, type ContainerSpec, durationMs, type InstanceRef, isNebError, messageOf, NebError, type Provider, timestamp } from '@neb/core-types';
import { isDeepStrictEqual } from 'node:util';
import type { Resource } from '../store.ts';
import { within } from '../work/deadline.ts';
import { tell } from '../tell.ts';
import { judged, patched, type Verdict } from './verdict.ts';

/** A container's health check with every default filled in. */
export interface HealthPlan {
  readonly protocol: 'http' | 'tcp';
  readonly path: string;
  readonly port: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly startPeriodMs: number;
}

export function healthPlan(spec: ContainerSpec): HealthPlan | undefined {
  const check = spec.health_check;
  return check && {
    protocol: check.protocol ?? 'http',
    path: check.path ?? '/health',
    port: check.port ?? spec.proxy_port ?? spec.ports?.[0]?.port ?? 8080,
    intervalMs: durationMs(check.interval ?? '10s'),
    timeoutMs: durationMs(check.timeout ?? '5s'),
    retries: check.retries ?? 3,
    startPeriodMs: durationMs(check.start_period ?? '0s'),
  };
}

/** How soon a container that has just started is checked again, so that it is not ready long before we say so. */
const eagerMs = 1_000;
const eagerForMs = 60_000;

/** Milliseconds until the next check. */
export function healthWaitMs(container: Resource<'Container'>, plan: HealthPlan, now: number): number {
  const ranMs = now - Date.parse(container.status.attempt?.started_at ?? '');
  return !container.status.ready && ranMs < eagerForMs ? Math.min(plan.intervalMs, eagerMs) : plan.intervalMs;
}

/** What a check says of a container; `fault` is why it failed. A failure counts once an interval, and not in the start period. */
export function afterProbe(container: Resource<'Container'>, { plan, fault, now }: { plan: HealthPlan; fault: string | undefined; now: number }): Verdict {
  const { status } = container;
  const startedMs = Date.parse(status.attempt?.started_at ?? timestamp(now));
  const lastMs = status.health ? Date.parse(status.health.checked_at) : startedMs;
  const counts = fault === undefined || (Math.abs(now - lastMs) >= plan.intervalMs && now - startedMs >= plan.startPeriodMs);
  if (!counts) return { status, events: [] };

  const before = status.health ?? { healthy: false, failures: 0 };
  const failures = fault === undefined ? 0 : Math.min(before.failures + 1, plan.retries);
  const healthy = fault === undefined || (before.healthy && failures < plan.retries);
  const found = { healthy, failures, ...(fault !== undefined && { message: fault }) };
  const { checked_at: checkedAt, ...known } = status.health ?? { checked_at: timestamp(now) };
  const health = { ...found, checked_at: isDeepStrictEqual(known, found) ? checkedAt : timestamp(now) };
  const fell = !healthy && failures === plan.retries && (before.healthy || before.failures < plan.retries);
  const says = { status: healthy ? 'true' : 'false', reason: healthy ? 'Healthy' : 'Unhealthy', message: healthy ? '' : (fault ?? '') } as const;
  return {
    status: patched(status, { health, ready: healthy, conditions: judged(container, now, { type: 'Healthy', ...says }, { type: 'Ready', ...says }) }),
    events: [
      ...(healthy && !before.healthy ? [tell(container, 'normal', ['Healthy', 'its health check passes'])] : []),
      ...(fell ? [tell(container, 'warning', ['Unhealthy', `its health check fails: ${fault}`])] : []),
    ],
  };
}

/** A container that cannot be dialed is as ready as it runs. */
export function uncheckable(container: Resource<'Container'>, why: string, now: number): Verdict {
  const message = `the health check is not done: ${why}`;
  const ready = { type: 'Ready', status: 'true', reason: 'Running', message: '' } as const;
  const conditions = judged(container, now, { type: 'Healthy', status: 'unknown', reason: 'Unsupported', message }, ready);
  return { status: patched(container.status, { ready: true, conditions }), events: [] };
}

export interface Checking {
  readonly plan: HealthPlan;
  readonly clock: Clock;
  readonly provider: Pick<Provider, 'name' | 'dial'>;
  readonly ref: InstanceRef;
}

/** Why a check fails, or cannot be done. */
export type Unwell = { readonly fault: string } | { readonly cannot: string };

/** Checks once; `undefined` if it passes. */
export async function checkHealth({ id }: Resource<'Container'>, { plan, clock, provider: { name, dial }, ref }: Checking, signal: AbortSignal): Promise<Unwell | undefined> {
  if (!dial) return { cannot: `ports on ${name} cannot be reached from here` };
  try {
    const fault = await probe({ plan, clock, host: `container-${id}`, dial: (inTime) => dial(ref, plan.port, { signal: inTime }) }, signal);
    return fault === undefined ? undefined : { fault };
  } catch (error) {
    if (!isNebError(error, 'unsupported')) throw error;
    return { cannot: `${error.message}${error.hint === undefined ? '' : `. ${error.hint}`}` };
  }
}

export interface Probe {
  readonly plan: HealthPlan;
  readonly clock: Clock;
  readonly dial: (signal: AbortSignal) => Promise<Connection>;
  readonly host: string;
}

/** Checks once; why it fails, or `undefined` if it passes. Rejects with `unsupported` where nothing leads to the port. */
export async function probe({ plan, clock, dial, host }: Probe, signal: AbortSignal): Promise<string | undefined> {
  const what = plan.protocol === 'http' ? `GET ${plan.path} on port ${plan.port}` : `port ${plan.port}`;
  try {
    const code = await within({ clock, ms: plan.timeoutMs, what, signal }, async (inTime) => {
      await using connection = await dial(inTime);
      return plan.protocol === 'http' ? await get(connection, { host, path: plan.path }) : undefined;
    });
    return code === undefined || (code >= 200 && code < 400) ? undefined : `${what} answered ${code}`;
  } catch (error) {
    signal.throwIfAborted();
    if (isNebError(error, 'unsupported')) throw error;
    return isNebError(error, 'timeout') ? error.message : `${what} failed: ${messageOf(error)}`;
  }
}

const longestStatusLine = 8_192;

/** The status code of an answer. No client of Node's takes a connection like ours. */
async function get(connection: Connection, { host, path }: { host: string; path: string }): Promise<number> {
  await connection.write(Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: neb-health\r\nAccept: */*\r\nConnection: close\r\n\r\n`));
  let head = '';
  for await (const chunk of connection.readable) {
    head += Buffer.from(chunk).toString('latin1');
    const status = /^HTTP\/1\.[01] (\d{3})[ \r]/.exec(head);
    if (status) return Number(status[1]);
    if (head.includes('\n') || head.length > longestStatusLine) throw new NebError('unavailable', 'the answer is not HTTP');
  }
  throw new NebError('unavailable', 'the connection closed before an answer');
}
