import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ec2Reply, type Ec2Responder } from './reply.ts';

/** An API that listens. */
export interface Ec2Listening {
  readonly url: string;
  close(): Promise<void>;
}

/** The API on a free port of 127.0.0.1, for every region and both services. */
export async function listenAsEc2(responder: Ec2Responder): Promise<Ec2Listening> {
  const server = createServer((request, response) => {
    serve(responder, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => { server.close(resolve); });
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(responder: Ec2Responder, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const back = await ec2Reply(responder, { headers: request.headers, body: Buffer.concat(chunks).toString() });
  if (back.kind === 'cut') return void request.socket.destroy();
  response.writeHead(back.status, { 'Content-Type': back.type, Date: new Date(responder.clock.now()).toUTCString() });
  response.end(back.body);
}
