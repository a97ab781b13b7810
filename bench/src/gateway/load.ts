// Sends requests over connections that stay, over bare sockets, and tells how long each took.
import { connect } from 'node:net';

interface Task {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly requests: number;
  /** Requests a second; as many as go if absent. */
  readonly rate?: number;
}

process.on('message', (task: Task) => void run(task).then((told) => process.send?.(told)));

async function run({ port, path, connections, requests, rate }: Task): Promise<{ readonly tookMs: number; readonly latenciesMs: number[] }> {
  const bytes = `GET ${path} HTTP/1.1\r\nhost: bench.test\r\naccept: application/json\r\nuser-agent: bench\r\n\r\n`;
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
    await new Promise((resolve) => socket.once('connect', resolve));
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
