import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';

/** Messages over a connection, a line of JSON each. `hear` gets those of the other side in their order. */
export function lines<Out, In>(socket: Socket, hear: (message: In) => void): (message: Out) => void {
  const text = new StringDecoder('utf8');
  let begun = '';
  socket.on('data', (chunk) => {
    const [first = '', ...rest] = text.write(chunk).split('\n');
    begun += first;
    for (const next of rest) {
      hear(JSON.parse(begun) as In);
      begun = next;
    }
  });
  return (message) => {
    if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
  };
}
