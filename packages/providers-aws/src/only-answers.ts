import type { EC2Client } from '@aws-sdk/client-ec2';
import type { PlatformClock } from '@neb/core-types';

/**
 * Has the client reject what is no answer of EC2's, such as the page of a proxy: the SDK takes any XML that it does not
 * know for an answer with nothing in it, and so machines for gone. `clock` hears of its answers.
 */
export function onlyAnswers(client: EC2Client, clock: PlatformClock): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) => async (args) => {
      const result = await next(args);
      const { response } = result;
      if (isResponse(response)) clock.heard(response.headers?.['date']);
      if (!isResponse(response) || response.statusCode >= 300) return result;
      const bytes = await bytesOf(response.body);
      response.body = bytes;
      const text = Buffer.from(bytes).toString();
      if (text.includes(`<${commandName.replace(/Command$/, '')}Response`)) return result;
      throw Object.assign(new Error(text), { name: 'Unknown', $metadata: { httpStatusCode: response.statusCode } });
    },
    // Next to the wire: before what takes the body apart.
    { name: 'onlyAnswers', step: 'deserialize', priority: 'low' },
  );
}

interface Response {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  body: unknown;
}

function isResponse(value: unknown): value is Response {
  return typeof value === 'object' && value !== null && 'statusCode' in value && 'body' in value;
}

async function bytesOf(body: unknown): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
