// Sends requests over connections that stay, over bare sockets, and tells how long each took.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Requests over so many connections. */
export interface AskTask {
  readonly kind: 'ask';
  readonly port: number;
  readonly token: string;
  readonly path: string;
  /** Sent with each as JSON. */
  readonly body?: string;
  readonly connections: number;
  readonly requests: number;
  /** Requests a second; as many as go if absent. */
  readonly rate?: number;
}

/** So many streams of events, which stay until the next task. */
export interface StreamTask {
  readonly kind: 'streams';
  readonly port: number;
  readonly token: string;
  readonly streams: number;
  readonly seconds: number;
}

export interface Told {
  readonly tookMs: number;
  /** How long each answer took, or each event was on its way. */
  readonly latenciesMs: readonly number[];
}

let held: Socket[] = [];
process.on('message', (task: AskTask | StreamTask) => {
  for (const socket of held) socket.destroy();
  held = [];
  void (task.kind === 'ask' ? ask(task) : listen(task)).then((told: Told) => process.send?.(told));
});

const headOf = (request: string, token: string, more = ''): string => `${request} HTTP/1.1\r\nhost: bench.test\r\nauthorization: Bearer ${token}\r\naccept: application/json\r\nuser-agent: bench\r\n${more}\r\n`;

async function ask({ port, token, path, body, connections, requests, rate }: AskTask): Promise<Told> {
  const bytes = Buffer.from(body === undefined ? headOf(`GET ${path}`, token) : headOf(`POST ${path}`, token, `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`) + body);
  const latenciesMs: number[] = [];
  let sent = 0;
  const begin = performance.now();
  /** When the next request is due; where none is told, now. */
  const due = async (): Promise<number> => {
    if (rate === undefined) return performance.now();
    const at = begin + (sent * 1_000) / rate;
    const waitMs = at - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    // From when it was due, so that a stall counts for all that it held up.
    return Math.max(at, performance.now() - 1);
  };
  await Promise.all(Array.from({ length: connections }, async () => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    let missing = -1;
    let head = '';
    let whole: (() => void) | undefined;
    socket.on('data', (chunk) => {
      if (missing < 0) {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        if (!head.startsWith('HTTP/1.1 200')) throw new Error(head);
        missing = Number(/content-length: (\d+)/i.exec(head)![1]) - (head.length - end - 4);
      } else missing -= chunk.length;
      if (missing > 0) return;
      missing = -1;
      head = '';
      whole?.();
    });
    while (sent < requests) {
      const at = due();
      sent += 1;
      const from = await at;
      await new Promise<void>((resolve) => {
        whole = resolve;
        socket.write(bytes);
      });
      latenciesMs.push(performance.now() - from);
    }
    socket.destroy();
  }));
  return { tookMs: performance.now() - begin, latenciesMs };
}

async function listen({ port, token, streams, seconds }: StreamTask): Promise<Told> {
  const latenciesMs: number[] = [];
  let isCounted = false;
  await Promise.all(Array.from({ length: streams }, async () => {
    const socket = connect({ port, host: '127.0.0.1' });
    held.push(socket);
    await once(socket, 'connect');
    socket.write(headOf('GET /events', token));
    socket.on('data', (chunk) => {
      const at = process.hrtime.bigint();
      if (isCounted) for (const [, sentAt] of chunk.toString('latin1').matchAll(/data: (\d+)\n/g)) latenciesMs.push(Number(at - BigInt(sentAt!)) / 1e6);
    });
    await once(socket, 'data');
  }));
  process.send?.('open');
  const begin = performance.now();
  isCounted = true;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  return { tookMs: performance.now() - begin, latenciesMs };
}
