// What stands behind every proxy: answers as fast as a socket can be written to, and sends events to whoever asks for them.
import { createServer, type AddressInfo, type Socket } from 'node:net';

const answer = (type: string, body: string): Buffer => Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
const answers: Readonly<Record<string, Buffer>> = {
  '/small': answer('application/json', JSON.stringify({ object: 'list', data: Array.from({ length: 4 }, (_, id) => ({ id, name: `model-${id}` })), usage: { total_tokens: 17 } })),
  '/large': answer('application/octet-stream', 'x'.repeat(1_048_576)),
};
const eventsHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
/** An event a second for everybody, a twentieth of them at a time. */
const turns = Array.from({ length: 20 }, () => new Set<Socket>());
let turn = 0;
let joined = 0;
setInterval(() => {
  const text = `data: ${process.hrtime.bigint()}\n\n`;
  const event = `${text.length.toString(16)}\r\n${text}\r\n`;
  for (const socket of turns[turn]!) socket.write(event);
  turn = (turn + 1) % turns.length;
}, 1_000 / turns.length);

createServer({ noDelay: true }, (socket) => {
  const listeners = turns[joined++ % turns.length]!;
  let head = '';
  let missing = 0;
  socket.on('error', () => undefined).on('close', () => listeners.delete(socket)).on('data', (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (missing === 0) {
        const before = head.length;
        head += rest.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        rest = rest.subarray(end + 4 - before);
        head = head.slice(0, end);
        missing = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
      }
      const taken = Math.min(missing, rest.length);
      missing -= taken;
      rest = rest.subarray(taken);
      if (missing > 0) return;
      const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/'));
      head = '';
      if (path === '/events') {
        socket.write(eventsHead);
        listeners.add(socket);
      } else socket.write(answers[path]!);
    }
  });
}).listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, function told(this: { address(): unknown }) {
  process.send?.((this.address() as AddressInfo).port);
});
