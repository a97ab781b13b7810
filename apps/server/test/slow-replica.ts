// Takes its time for each request, writes down where all replicas do what it was asked to do once, and says who it is.
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { hostname } from 'node:os';

const done = '/done/log';
const mostMs = Number(process.env['SLOWEST_MS']);
createServer((request, response) => {
  const { url = '/', method } = request;
  if (url === '/done') return void response.end(readFileSync(done));
  if (method === 'POST') appendFileSync(done, `${url.slice(1)}\n`);
  let body = '';
  request.on('data', (chunk) => (body += String(chunk)));
  request.on('end', () => {
    const half = (mostMs * Math.random()) / 2;
    setTimeout(() => {
      response.writeHead(200, { 'x-replica': hostname() });
      response.write(`${url.slice(1)} `);
      setTimeout(() => response.end(body), half);
    }, half);
  });
}).listen({ host: '0.0.0.0', port: 8_000, backlog: 8_192 });
