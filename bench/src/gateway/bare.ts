// What ours is built on and nothing else: a server of node:http that passes each request to a pool of undici's. What it lacks beside
// passing on is what a gateway is for; it shows what is left to win.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Dispatcher, Pool } from 'undici';

const pool = new Pool(process.argv[2]!, { pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
const server = createServer({ noDelay: true, keepAliveTimeout: 65_000 }, (request, response) => {
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: () => undefined,
    onResponseStart(_, status, headers) {
      response.writeHead(status, headers);
      if (headers['content-length'] === undefined) response.flushHeaders();
    },
    onResponseData(controller, chunk) {
      if (response.write(chunk)) return;
      controller.pause();
      response.once('drain', () => controller.resume());
    },
    onResponseEnd: () => void response.end(),
    onResponseError: () => response.destroy(),
  };
  const headers = request.rawHeaders.filter((_, at, all) => all[at - (at % 2)]!.toLowerCase() !== 'connection');
  pool.dispatch({ method: request.method as Dispatcher.HttpMethod, path: request.url ?? '/', headers, body: request.method === 'POST' ? request : null }, handler);
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
