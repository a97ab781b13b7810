import { connect } from 'node:net';

/** Header fields of a request in HTTP/2, as they go over the wire; nothing about them has to be right. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** What came back for a stream: its reset, an answer's header, or the end of the whole connection. */
export type Told = 'reset' | 'answer' | 'connection ends';

/** Sends one request of HTTP/2 by hand, since no client would send these, with a body that nobody asked for. Resolves with what came back. */
export function sendFrames(port: number, fields: Fields, body: string): Promise<Told> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let seen: Buffer = Buffer.alloc(0);
    const done = (told: Told): void => {
      socket.destroy();
      resolve(told);
    };
    socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0, Buffer.alloc(0)), frame(1, 4, 1, Buffer.concat(fields.map(literal))), frame(0, 0, 1, Buffer.from(body))]));
    socket.on('data', (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk]);
      while (seen.length >= 9 && seen.length >= 9 + seen.readUIntBE(0, 3)) {
        const [type, stream] = [seen[3], seen.readUInt32BE(5)];
        seen = seen.subarray(9 + seen.readUIntBE(0, 3));
        if (type === 7) return done('connection ends');
        if (stream === 1 && (type === 3 || type === 1)) return done(type === 3 ? 'reset' : 'answer');
      }
    });
    socket.on('close', () => done('connection ends')).on('error', () => done('connection ends'));
  });
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A field that is written out and remembered by nobody; names and values are shorter than 127 bytes. */
function literal([name, value]: readonly [string, string]): Buffer {
  return Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name, 'latin1'), Buffer.from([value.length]), Buffer.from(value, 'latin1')]);
}
