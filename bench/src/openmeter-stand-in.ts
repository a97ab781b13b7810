import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

// A thread that takes OpenMeter's calls as its API does: reads every event, and answers after so many milliseconds. Says its port, and on any message how many events it has.
const { answerMs } = workerData as { readonly answerMs: number };
const ids = new Set<string>();

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    for (const { id } of JSON.parse(Buffer.concat(parts).toString()) as readonly { readonly id: string }[]) ids.add(id);
    setTimeout(() => response.writeHead(204).end(), answerMs);
  });
});
server.listen(0, '127.0.0.1', () => parentPort!.postMessage((server.address() as AddressInfo).port));
parentPort!.on('message', () => parentPort!.postMessage(ids.size));
