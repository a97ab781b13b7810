// What stands behind every proxy: answers as fast as a socket can be written to, and sends events to whoever asks for them.
import { createServer, type AddressInfo, type Socket } from 'node:net';

const small = JSON.stringify({ object: 'list', data: Array.from({ length: 4 }, (_, id) => ({ id, name: `model-${id}` })) });
const answer = (type: string, body: string): Buffer => Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
const answers = { small: answer('application/json', small), large: answer('application/octet-stream', 'x'.repeat(1_048_576)) };
const text = 'data: a token.\n\n';
const event = `${text.length.toString(16)}\r\n${text}\r\n`;
const listeners = new Set<Socket>();
setInterval(() => {
  for (const socket of listeners) socket.write(event);
}, 1_000);

createServer({ noDelay: true }, (socket) => {
  let seen = '';
  socket.on('error', () => undefined).on('close', () => listeners.delete(socket)).on('data', (chunk) => {
    seen += chunk.toString('latin1');
    for (let end = seen.indexOf('\r\n\r\n'); end >= 0; end = seen.indexOf('\r\n\r\n')) {
      const isEvents = seen.startsWith('GET /events');
      if (isEvents) {
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n');
        listeners.add(socket);
      } else socket.write(seen.startsWith('GET /large') ? answers.large : answers.small);
      seen = seen.slice(end + 4);
    }
  });
}).listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, function told(this: { address(): unknown }) {
  process.send?.((this.address() as AddressInfo).port);
});
