import type { Clock } from '@neb/core-types';
import type { Fault, Faults } from '../faults.ts';
import type { Action } from './actions.ts';
import { imageParameter } from './parameters.ts';
import { queryOf } from './query.ts';
import { Ec2Refusal } from './refusal.ts';
import { answerXml, errorXml } from './xml.ts';

/** A request as it comes. */
export interface Ec2Call {
  /** Their names in small letters. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What goes back. */
export type Ec2Reply =
  /** The connection breaks. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'whole'; readonly status: number; readonly type: string; readonly body: string };

/** A call that was answered. */
export interface Ec2Exchange {
  readonly action: string;
  readonly region: string;
  readonly params: Readonly<Record<string, string>>;
  readonly status: number;
}

/** What answers. */
export interface Ec2Responder {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly accessKeyId: string;
  readonly table: Readonly<Record<string, Action>>;
  readonly observe: (exchange: Ec2Exchange) => void;
}

/** What comes back for a call, faults and all. */
export async function ec2Reply(responder: Ec2Responder, call: Ec2Call): Promise<Ec2Reply> {
  const { faults, clock, observe } = responder;
  const asked = askedBy(call);
  const operation = asked.action;
  const fault = <K extends Fault['kind']>(kind: K) => faults.take(kind, { operation });

  const slow = fault('slow_answer');
  if (slow) await clock.sleep(slow.ms);
  if (fault('lost_request')) return { kind: 'cut' };
  const nonsense = fault('nonsense');
  if (nonsense?.status !== undefined && nonsense.status >= 400) return { kind: 'whole', status: nonsense.status, type: 'text/html', body: nonsense.body };

  const reply = answered(responder, asked);
  if (fault('lost_answer')) return { kind: 'cut' };
  observe({ action: asked.action, region: asked.region, params: Object.fromEntries(new URLSearchParams(call.body)), status: reply.status });
  return nonsense ? { ...reply, body: nonsense.body } : reply;
}

interface Asked {
  readonly action: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly service: 'ec2' | 'ssm';
  readonly body: string;
}

function askedBy({ headers, body }: Ec2Call): Asked {
  const [, accessKeyId = '', region = ''] = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(String(headers['authorization'])) ?? [];
  const [, target] = /^AmazonSSM\.(\w+)$/.exec(String(headers['x-amz-target'])) ?? [];
  return { action: target ?? queryOf(body).action, region, accessKeyId, service: target === undefined ? 'ec2' : 'ssm', body };
}

function answered(responder: Ec2Responder, asked: Asked): Ec2Reply & { readonly kind: 'whole' } {
  try {
    return { kind: 'whole', status: 200, ...contentOf(responder, asked) };
  } catch (error) {
    if (!(error instanceof Ec2Refusal)) throw error;
    const { code, message, status } = error;
    if (asked.service === 'ec2') return { kind: 'whole', status, type: 'text/xml;charset=UTF-8', body: errorXml(code, message) };
    return { kind: 'whole', status, type: 'application/x-amz-json-1.1', body: JSON.stringify({ __type: code, message }) };
  }
}

function contentOf({ faults, accessKeyId, table }: Ec2Responder, asked: Asked): { readonly type: string; readonly body: string } {
  const occasion = { operation: asked.action };
  if (asked.accessKeyId !== accessKeyId || faults.take('expired_key', occasion)) throw new Ec2Refusal('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
  if (faults.take('forbidden', occasion)) throw new Ec2Refusal('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403);
  const broken = faults.take('server_error', occasion);
  if (broken) throw new Ec2Refusal('InternalError', 'An internal error has occurred', broken.status);
  if (faults.take('throttled', occasion)) throw new Ec2Refusal('RequestLimitExceeded', 'Request limit exceeded.', 503);
  if (asked.service === 'ssm') return { type: 'application/x-amz-json-1.1', body: imageParameter(asked.body) };
  const action = table[asked.action];
  if (!action) throw new Ec2Refusal('InvalidAction', `The action ${asked.action} is not valid for this web service.`);
  return { type: 'text/xml;charset=UTF-8', body: answerXml(asked.action, action(queryOf(asked.body), asked.region)) };
}
