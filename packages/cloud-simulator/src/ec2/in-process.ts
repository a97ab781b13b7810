import { unlessAborted } from '@neb/core-types';
import { ec2Reply, type Ec2Responder } from './reply.ts';

/** A request as the AWS SDK hands it on. */
export interface SdkRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An answer as the AWS SDK reads it. */
export interface SdkAnswer {
  readonly response: { readonly statusCode: number; readonly headers: Record<string, string>; readonly body: Uint8Array };
}

/** What the AWS SDK takes as a `requestHandler`. */
export interface SdkHandler {
  handle(request: SdkRequest, options?: { readonly abortSignal?: unknown }): Promise<SdkAnswer>;
}

/** Reaches the APIs without a socket, whatever the host in the address: nothing waits on real time, so that thousands of seeds can be run and repeated. */
export function ec2InProcess(responder: Ec2Responder): SdkHandler {
  return {
    async handle({ headers, body }, { abortSignal } = {}) {
      const small = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
      const replied = ec2Reply(responder, { headers: small, body: textOf(body) });
      const back = await (abortSignal instanceof AbortSignal ? unlessAborted(replied, abortSignal) : replied);
      if (back.kind === 'cut') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      return { response: { statusCode: back.status, headers: { 'content-type': back.type, date: new Date(responder.clock.now()).toUTCString() }, body: Buffer.from(back.body) } };
    },
  };
}

function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : '';
}
