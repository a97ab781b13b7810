import type { InstanceRef, LaunchSpec, Provider } from '@neb/core-types';
import { until } from './real-engine.ts';
import type { Runtime } from './runtime-image.ts';

/** What a server that holds memory tells: a word it drew, how often it was asked, and a digest of all that it holds. */
export interface Told {
  readonly token: string;
  readonly count: number;
  readonly digest: string;
}

const port = 8080;

const programs = {
  node: `const { createHash, randomFillSync, randomUUID } = require('node:crypto');
const held = Array.from({ length: Number(process.env.MEBIBYTES) }, () => randomFillSync(Buffer.alloc(1048576)));
const token = randomUUID(); let count = 0;
const digest = () => held.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
require('node:http').createServer((_, answer) => answer.end(JSON.stringify({ token, count: ++count, digest: digest() }))).listen(${port});`,
  python: `import hashlib, http.server, json, os, uuid
held = [bytearray(os.urandom(1048576)) for _ in range(int(os.environ['MEBIBYTES']))]
token, count = str(uuid.uuid4()), 0
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        global count
        count += 1
        hashed = hashlib.sha256()
        for part in held: hashed.update(part)
        body = json.dumps({'token': token, 'count': count, 'digest': hashed.hexdigest()}).encode()
        self.send_response(200); self.send_header('Content-Length', str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(('', ${port}), Handler).serve_forever()`,
};

/** A server that holds so much of chance in memory, and nowhere else. */
export function holds(runtime: Runtime, image: string, { mebibytes, ...more }: { readonly mebibytes: number } & Partial<LaunchSpec>): LaunchSpec {
  return {
    image, entrypoint: [`/bin/${runtime}`, runtime === 'node' ? '-e' : '-c', programs[runtime]], ports: [{ port, protocol: 'tcp', public: true }], volumes: [], limits: {}, labels: {},
    network: { namespace: 'default', hostnames: [] }, ...more, env: { MEBIBYTES: String(mebibytes), ...more.env },
  };
}

/** To read and digest a gibibyte on a machine that has much else to do. */
const answerMs = 120_000;

/** Asks it once it answers, which it does after it drew all that it holds. */
export async function asked(provider: Provider, ref: InstanceRef, withinMs = 60_000): Promise<Told> {
  const told = await until(() => ask(provider, ref).catch(() => undefined), (answer) => answer !== undefined, withinMs);
  return told!;
}

async function ask(provider: Provider, ref: InstanceRef): Promise<Told> {
  const instance = await provider.inspect(ref);
  const published = instance?.ports?.find((one) => one.port === port);
  if (!published) throw new Error(`${ref} has published no port`);
  const answer = await fetch(`http://${published.hostAddress}:${published.hostPort}/`, { headers: { connection: 'close' }, signal: AbortSignal.timeout(answerMs) });
  return (await answer.json()) as Told;
}

/** A request whose connection stays open, as any client's that keeps its connections alive. */
export async function heldOpen(provider: Provider, ref: InstanceRef): Promise<AsyncDisposable> {
  const connection = await provider.dial!(ref, port);
  await connection.write(new TextEncoder().encode('GET / HTTP/1.1\r\nHost: here\r\n\r\n'));
  await connection.readable[Symbol.asyncIterator]().next();
  return connection;
}
