// Answers as OpenAI's chat completions do, with the words of the question in reverse, one token at a time. It needs nothing but Node.
//   --port 8000  --served-model-name NAME (or --model NAME)
//   LOAD_MS: how long it takes until it answers at all; TOKEN_MS: how long a token takes.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

interface Question {
  readonly model?: string;
  readonly messages?: readonly { readonly role: string; readonly content: string }[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly max_tokens?: number;
}

function option(names: readonly string[], otherwise: string): string {
  const at = process.argv.findLastIndex((word) => names.includes(word));
  return (at > 0 && process.argv[at + 1]) || otherwise;
}

const port = Number(option(['--port'], '8000'));
const model = option(['--served-model-name', '--model'], 'reverser');
const tokenMs = Number(process.env['TOKEN_MS'] ?? 20);

const json = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
};

async function bodyOf(request: IncomingMessage): Promise<Question> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Question;
}

async function complete(question: Question, response: ServerResponse): Promise<void> {
  const words = (question.messages?.at(-1)?.content ?? '').split(/\s+/).filter((word) => word !== '');
  const tokens = words.toReversed().slice(0, question.max_tokens ?? words.length);
  const usage = { prompt_tokens: words.length, completion_tokens: tokens.length, total_tokens: words.length + tokens.length };
  const shared = { id: `chatcmpl-${crypto.randomUUID()}`, created: Math.floor(Date.now() / 1_000), model: question.model ?? model, system_fingerprint: hostname() };
  if (question.stream !== true) {
    await pause(tokenMs * tokens.length);
    json(response, 200, { ...shared, object: 'chat.completion', choices: [{ index: 0, message: { role: 'assistant', content: tokens.join(' ') }, finish_reason: 'stop' }], usage });
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const tell = (event: object): boolean => response.write(`data: ${JSON.stringify({ ...shared, object: 'chat.completion.chunk', ...event })}\n\n`);
  for (const [at, token] of tokens.entries()) {
    await pause(tokenMs);
    tell({ choices: [{ index: 0, delta: { content: at === 0 ? token : ` ${token}` }, finish_reason: null }] });
  }
  tell({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  if (question.stream_options?.include_usage === true) tell({ choices: [], usage });
  response.end('data: [DONE]\n\n');
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url?.split('?')[0];
  if (path === '/health') json(response, 200, {});
  else if (path === '/v1/models') json(response, 200, { object: 'list', data: [{ id: model, object: 'model', owned_by: 'neb' }] });
  else if (path === '/v1/chat/completions' && request.method === 'POST') await complete(await bodyOf(request), response);
  else json(response, 404, { error: { message: `There is no ${path}.`, type: 'not_found_error', code: 404 } });
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => (response.headersSent ? response.destroy() : json(response, 400, { error: { message: String(error), type: 'invalid_request_error', code: 400 } })));
});
// What is being answered is finished first.
process.once('SIGTERM', () => server.close(() => process.exit(0)));
await pause(Number(process.env['LOAD_MS'] ?? 0));
server.listen(port, () => console.log(`${model} answers on port ${port}`));
