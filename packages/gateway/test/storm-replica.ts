// A replica that says who it is, writes down what it does before it answers, and takes its time.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const [log = '', mostMs = '0'] = process.argv.slice(2);
const server = createServer((request, response) => {
  const id = String(request.headers['x-id']);
  appendFileSync(log, `${request.method} ${id}\n`);
  let body = '';
  request.on('data', (chunk) => (body += String(chunk)));
  request.on('end', () => {
    const half = (Number(mostMs) * Math.random()) / 2;
    setTimeout(() => {
      response.writeHead(200, { 'x-pid': String(process.pid), 'x-answers': id });
      response.write(`${id} `);
      setTimeout(() => response.end(body), half);
    }, half);
  });
});
server.listen({ host: '127.0.0.1', port: 0, backlog: 8_192 }, () => process.send?.((server.address() as AddressInfo).port));
