import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { NebError } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import { collect } from '../manifests/flags.ts';
import { slashName } from '../objects.ts';
import { addressed } from '../service-address.ts';
import type { Session } from '../session.ts';
import { serviceTarget } from '../targets.ts';
import { type Asked, requested } from '../traffic.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags {
  readonly request?: string;
  readonly data?: readonly string[];
  readonly header?: readonly string[];
  readonly include?: boolean;
  readonly fail?: boolean;
}

export const attach: Attach = (command, act) => {
  command
    .argument('<kind>', 'service; or service/NAME, or its name alone')
    .argument('[words...]', 'its name after a kind, and the path with what follows it; / if absent')
    .option('-X, --request <method>', 'method; GET, or POST with --data')
    .option('-d, --data <body>', 'body: text, @FILE, or @- for stdin; several are joined by &', collect)
    .option('-H, --header <header>', 'as in "Content-Type: text/plain"; more than once', collect)
    .option('-i, --include', 'the answer\'s status and headers before its body')
    .option('--fail', 'exit with 1 where the answer is an error')
    .addHelpText('before', examples('Send a request to a service with your token, and print the answer as it comes.', [
      ['neb curl service/vllm-qwen /v1/models -n inference', ''],
      ["neb curl service/vllm-qwen /v1/chat/completions -d '{\"stream\": true}'", 'JSON, unless a header says otherwise'],
      ['neb curl service/web /upload -X PUT -d @file.bin -H "Content-Type: application/octet-stream" -i', ''],
    ]))
    .action(act<Flags>(curl));
};

const curl: Run<Flags> = async (session, { words, options }) => {
  const { name, rest } = serviceTarget(words);
  const [path = '/', ...more] = rest;
  if (more.length > 0) throw new NebError('invalid', `"${more[0]}" is one word too many`, { hint: 'neb curl service/NAME PATH' });
  const { service, url, connect } = await addressed(session, name);
  const body = options.data === undefined ? undefined : await bodyOf(session, options.data);
  const { token } = await session.settings();
  const headers = { ...(token && { authorization: `Bearer ${token.value}` }), ...(body && { 'content-type': isJson(body) ? 'application/json' : 'application/x-www-form-urlencoded' }), ...headersOf(options.header ?? []), host: url.host };
  const target = new URL(path.startsWith('/') ? path : `/${path}`, connect);
  if (target.host !== connect.host) throw new NebError('invalid', `"${path}" is not a path`, { hint: 'It begins with one slash: /v1/models' });
  const answer = await sent(session, slashName(service), { target, method: (options.request ?? (body ? 'POST' : 'GET')).toUpperCase(), headers, body });
  const status = answer.statusCode ?? 0;
  if (session.out.format.do === 'table') await printed(session, answer, options.include === true);
  else await session.out.value({ kind: 'Answer', status, headers: answer.headers, body: await textOf(answer) }, () => '');
  return options.fail && status >= 400 ? 1 : 0;
};

/** For how long nobody may listen there yet: a gateway hears of an address a moment after its service has it. */
const listensWithinMs = 2_000;

async function sent(session: Session, title: string, asked: Asked): Promise<IncomingMessage> {
  const { world: { clock }, signal } = session;
  const since = clock.now();
  for (;;) {
    try {
      return await requested(asked, signal);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ECONNREFUSED' || clock.now() - since > listensWithinMs) throw unanswered(session, { title, asked, cause });
    }
    await clock.sleep(100, signal);
  }
}

function unanswered({ signal }: Session, { title, asked, cause }: { readonly title: string; readonly asked: Asked; readonly cause: unknown }): unknown {
  if (signal.aborted) return signal.reason;
  const why = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof TypeError) return new NebError('invalid', `the request cannot be sent: ${why}`, { cause });
  return new NebError('unavailable', `${title} does not answer at ${asked.target.origin}: ${why}`, { cause, hint: 'The gateway has to be reached from here; neb port-forward goes through the server.' });
}

/** As it comes: nothing is kept until its end. */
async function printed({ out }: Session, answer: IncomingMessage, withHead: boolean): Promise<void> {
  if (withHead) {
    const lines: string[] = [];
    for (let at = 0; at < answer.rawHeaders.length; at += 2) lines.push(`${answer.rawHeaders[at]}: ${answer.rawHeaders[at + 1]}\n`);
    await out.write(`HTTP/${answer.httpVersion} ${answer.statusCode} ${answer.statusMessage ?? ''}\n${lines.join('')}\n`);
  }
  for await (const chunk of chunksOf(answer)) await out.write(chunk);
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(answer)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function* chunksOf(answer: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of answer as AsyncIterable<Uint8Array>) yield chunk;
  } catch (cause) {
    throw new NebError('unavailable', 'the answer broke off', { cause, hint: 'The replica or the gateway went away in the middle of it.' });
  }
}

async function bodyOf({ world }: Session, parts: readonly string[]): Promise<Uint8Array> {
  const read = async (part: string): Promise<Uint8Array> => {
    if (part === '@-') {
      const chunks: Uint8Array[] = [];
      for await (const chunk of world.stdin) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    }
    if (!part.startsWith('@')) return Buffer.from(part);
    return await readFile(part.slice(1)).catch((cause: unknown) => {
      throw new NebError('invalid', `--data ${part}: the file cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    });
  };
  const all: Uint8Array[] = [];
  for (const part of parts) all.push(...(all.length > 0 ? [Buffer.from('&')] : []), await read(part));
  return Buffer.concat(all);
}

function isJson(body: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(body).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** By their names in small letters; an empty value takes the header away, as in curl. */
function headersOf(lines: readonly string[]): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(lines.map((line) => {
    const [, name, value = ''] = /^([^\s:]+):\s*(.*)$/s.exec(line) ?? [];
    if (name === undefined) throw new NebError('invalid', `--header ${line} is not a header`, { hint: 'Write it as "Content-Type: application/json".' });
    return [name.toLowerCase(), value === '' ? undefined : value];
  }));
}
