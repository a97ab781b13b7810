import { type Hostile, lines, smuggled } from './hostile.ts';

const post = (headers: readonly string[], body: string, version = '1.1'): string => lines(`POST / HTTP/${version}`, 'Host: a.test', ...headers) + body;
const chunked = (chunks: string): string => post(['Connection: close', 'Transfer-Encoding: chunked'], chunks);

/** Both framings: whoever believes one of them sees another request in the body. */
const both: readonly Hostile[] = [
  ['CL.TE', ['Content-Length: 6', 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`],
  ['CL.TE with the whole length', [`Content-Length: ${5 + smuggled.length}`, 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`],
  ['TE.CL', ['Transfer-Encoding: chunked', 'Content-Length: 4'], `29\r\n${smuggled}\r\n0\r\n\r\n`],
  ['TE and a length of 0', ['Transfer-Encoding: chunked', 'Content-Length: 0'], `0\r\n\r\n${smuggled}`],
  ['CL.TE in capitals', ['CONTENT-LENGTH: 6', 'TRANSFER-ENCODING: CHUNKED'], `0\r\n\r\n${smuggled}`],
  ['CL.TE with TE listed in Connection', ['Connection: transfer-encoding', 'Content-Length: 6', 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`],
  ['CL.TE with CL listed in Connection', ['Connection: content-length', 'Content-Length: 6', 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`],
].map(([name, headers, body]) => ({ name: name as string, bytes: post(headers as string[], body as string), answer: 400 }));

/** One reader must not miss what the other takes for chunked. */
const encodings: readonly Hostile[] = [
  'xchunked', 'chunked, identity', 'identity', 'identity, chunked', 'gzip, chunked', 'chunked, chunked', 'chunked;q=1', '"chunked"', 'chunked\t,', ', chunked', 'chunke', 'chunkedd', 'x, chunked',
  'chunked identity', 'deflate', 'cow', '\x0bchunked', 'chunked\x0b', 'chunked\x00', '\u00ffchunked', 'chunked\x7f', '', ' ', 'null',
].map((encoding) => ({ name: `TE.TE with ${JSON.stringify(encoding)}`, bytes: post([`Transfer-Encoding: ${encoding}`], `0\r\n\r\n${smuggled}`), answer: 400 }));

const spellings: readonly Hostile[] = ([
  ['two encodings', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity']],
  ['two encodings, the other way round', ['Transfer-Encoding: identity', 'Transfer-Encoding: chunked']],
  ['twice chunked', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
  ['a space before the colon', ['Transfer-Encoding : chunked']],
  ['a tab before the colon', ['Transfer-Encoding\t: chunked']],
  ['a space before the name', [' Transfer-Encoding: chunked']],
  ['a line folded before chunked', ['Transfer-Encoding:\r\n chunked']],
  ['a line folded after another header', ['X: y\r\n Transfer-Encoding: chunked']],
  ['a bare LF before it', ['X: y\nTransfer-Encoding: chunked']],
  ['a bare CR before it', ['X: y\rTransfer-Encoding: chunked']],
  ['a null in its name', ['Transfer-Encod\x00ing: chunked']],
  ['a vertical tab in its name', ['Transfer-Encoding\x0b: chunked']],
  ['a no-break space in its name', ['Transfer-Encoding\xa0: chunked']],
  ['no colon', ['Transfer-Encoding chunked']],
] as const).map(([name, headers]) => ({ name: `transfer-encoding with ${name}`, bytes: post(['Content-Length: 5', ...headers], `0\r\n\r\n${smuggled}`), answer: 400 }));

const lengths: readonly Hostile[] = [
  '-1', '+5', '5 ', '0x5', '5,5', '5, 6', '5;', '5.0', '1e1', '٥', '', ' ', '5\x0b', '5 5', 'five', '99999999999999999999999', '18446744073709551617', '0005a', '\x005', '5\x00',
].filter((length) => length !== '5 ').map((length) => ({ name: `a length of ${JSON.stringify(length)}`, bytes: post([`Content-Length: ${length}`], `hello${smuggled}`), answer: 400 }));

const twoLengths: readonly Hostile[] = ([
  ['that differ', ['Content-Length: 5', 'Content-Length: 6']],
  ['that are the same', ['Content-Length: 5', 'Content-Length: 5']],
  ['of which one is 0', ['Content-Length: 0', 'Content-Length: 46']],
  ['of which one is folded', ['Content-Length: 5', ' 6']],
] as const).map(([name, headers]) => ({ name: `two lengths ${name}`, bytes: post(headers, `hello${smuggled}`), answer: 400 }));

const oldVersion: readonly Hostile[] = [
  { name: 'chunked in HTTP/1.0', bytes: post(['Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`, '1.0'), answer: 400 },
  { name: 'chunked and a length in HTTP/1.0', bytes: post(['Transfer-Encoding: chunked', 'Content-Length: 5'], `0\r\n\r\n${smuggled}`, '1.0'), answer: 400 },
];

/** The header is sound, so the replica sees the request begin, and then its end without the whole of it. */
export const brokenChunks: readonly Hostile[] = [
  ['-1\r\nx\r\n0\r\n\r\n', 'negative'], ['0x5\r\nhello\r\n0\r\n\r\n', 'with 0x'], ['+5\r\nhello\r\n0\r\n\r\n', 'with a plus'], [' 5\r\nhello\r\n0\r\n\r\n', 'after a space'],
  ['5\nhello\n0\n\n', 'with bare LF'], ['5\rhello\r\n0\r\n\r\n', 'with bare CR'], ['5\r\nhelloX\r\n0\r\n\r\n', 'shorter than its data'], ['g\r\nhello\r\n0\r\n\r\n', 'that is no number'],
  ['FFFFFFFFFFFFFFFFF\r\nhello', 'beyond 64 bits'], ['5;\x00=1\r\nhello\r\n0\r\n\r\n', 'with a null in its extension'], ['5;a\nb\r\nhello\r\n0\r\n\r\n', 'with LF in its extension'],
  ['\r\nhello\r\n0\r\n\r\n', 'that is empty'], ['5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n', 'before a trailer with a length'], ['5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n', 'before a trailer with an encoding'],
].map(([chunks, name]) => ({ name: `a chunk size ${name}`, bytes: chunked(chunks!) + smuggled, answer: 400 }));

/** Sound as HTTP, and never more than it says: what follows is another request, and is answered as such or not at all. */
const sound: readonly Hostile[] = [
  { name: 'a body on GET', bytes: `${lines('GET /once HTTP/1.1', 'Host: a.test', 'Connection: close', `Content-Length: ${smuggled.length}`)}${smuggled}`, answer: 'passes', having: /content-length: 4/i },
  { name: 'bytes after a close', bytes: `${lines('GET /once HTTP/1.1', 'Host: a.test', 'Connection: close')}${smuggled}`, answer: 'passes' },
  { name: 'Content_Length beside a length', bytes: post(['Connection: close', 'Content-Length: 5', 'Content_Length: 50'], 'hello'), answer: 'passes', without: /content_length/i },
  { name: 'Transfer_Encoding beside a length', bytes: post(['Connection: close', 'Content-Length: 5', 'Transfer_Encoding: chunked'], 'hello'), answer: 'passes', without: /transfer_encoding/i },
  { name: 'trailers that look like a header', bytes: chunked('5\r\nhello\r\n0\r\nX-Forwarded-For: 10.6.6.6\r\nX-Resource: secret.other.service\r\n\r\n'), answer: 'passes', without: /10\.6|x-resource/i },
  { name: 'a chunk extension', bytes: chunked('5;ext=1\r\nhello\r\n0\r\n\r\n'), answer: 'passes', without: /ext/ },
  { name: 'TE: trailers, chunked', bytes: post(['Connection: close, TE', 'TE: trailers, chunked', 'Content-Length: 5'], 'hello'), answer: 'passes', without: /\nTE:/i },
];

export const smuggling: readonly Hostile[] = [...both, ...encodings, ...spellings, ...lengths, ...twoLengths, ...oldVersion, ...sound];
