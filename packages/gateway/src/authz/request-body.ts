import { strictJson } from '../json/strict-json.ts';

/** A body as rules see it. `declared`: its sender says that it is JSON. */
export type RequestBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly value: unknown; readonly declared: boolean }
  | { readonly kind: 'unclear'; readonly problem: string };

/** The fields of a request that say how its body is written. */
export interface BodyHeaders {
  readonly 'content-type'?: string | undefined;
  readonly 'content-encoding'?: string | undefined;
}

/** What rules may go by in a body. One that says it is JSON and is not for all readers is unclear; any other that is not JSON is none. */
export function requestBody(bytes: Uint8Array, headers: BodyHeaders): RequestBody {
  const { declared, charset } = mediaType(headers['content-type']);
  if (bytes.byteLength === 0) return { kind: 'none' };
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  const read = encoding !== '' && encoding !== 'identity' ? { problem: `it is encoded as ${JSON.stringify(encoding.slice(0, 40))}` }
    : declared && charset !== 'utf-8' ? { problem: 'its charset is not UTF-8' }
    : strictJson(utf8(bytes) ?? '');
  if ('value' in read) return { kind: 'json', value: read.value, declared };
  // Some servers read what they get as JSON whatever it says it is; only what is no JSON for anybody is none.
  return declared || read.problem !== 'it is not JSON' ? { kind: 'unclear', problem: read.problem } : { kind: 'none' };
}

export function isJson(body: RequestBody): body is Extract<RequestBody, { kind: 'json' }> {
  return body.kind === 'json';
}

function mediaType(header = ''): { readonly declared: boolean; readonly charset: string } {
  const [type = '', ...parameters] = header.toLowerCase().split(';').map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length).replaceAll(/^"|"$/g, '');
  return {
    declared: /^(?:application\/json|text\/json|[\w.!#$&^-]+\/[\w.!#$&^-]+\+json)$/.test(type),
    charset: charset === undefined || charset === 'utf8' || charset === 'us-ascii' ? 'utf-8' : charset,
  };
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
