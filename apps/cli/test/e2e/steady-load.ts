import { Agent, request } from 'node:http';

export interface Answer {
  /** Undefined where the connection broke before one began. */
  readonly status: number | undefined;
  readonly body: string;
  readonly error?: string;
}

export interface SteadyLoad {
  /** What came so far, each different answer once, with how often. */
  readonly seen: ReadonlyMap<string, number>;
  readonly sent: number;
  /** Sends no more, and waits until all are answered. */
  stop(): Promise<void>;
}

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Requests a second, sent whether or not those before were answered. */
  readonly perSecond: number;
  /** What is sent at a turn. */
  readonly ask: (turn: number) => { readonly method: string; readonly path: string; readonly body?: string };
  /** What is told of an answer. */
  readonly tell: (answer: Answer) => string;
}

/** So many requests a second, as users send them: nobody waits for another's answer. */
export function steadyLoad({ url, headers, perSecond, ask, tell }: Load): SteadyLoad {
  const agent = new Agent({ keepAlive: true });
  const seen = new Map<string, number>();
  const open = new Set<Promise<void>>();
  const begun = performance.now();
  let sent = 0;
  const one = (turn: number): Promise<void> => new Promise((resolve) => {
    const { method, path, body } = ask(turn);
    const done = (answer: Answer): void => {
      const word = tell(answer);
      seen.set(word, (seen.get(word) ?? 0) + 1);
      resolve();
    };
    const outgoing = request(new URL(path, url), { agent, method, headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }) } }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      incoming.once('end', () => done({ status: incoming.statusCode, body: text })).once('error', (error) => done({ status: incoming.statusCode, body: text, error: error.message }));
    });
    outgoing.once('error', (error) => done({ status: undefined, body: '', error: error.message })).end(body);
  });
  const timer = setInterval(() => {
    for (const due = ((performance.now() - begun) / 1_000) * perSecond; sent < due; sent += 1) {
      const asking = one(sent).finally(() => open.delete(asking));
      open.add(asking);
    }
  }, 5);
  return {
    seen,
    get sent() {
      return sent;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      agent.destroy();
    },
  };
}
