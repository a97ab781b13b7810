// A thread that looks for numbers in large JSON texts. It is started by `numbersAside`, and by nobody else.
import { parentPort } from 'node:worker_threads';
import { type JsonPath, jsonPath } from './json-path.ts';
import { numbersAt, type Reading } from './numbers-at.ts';

export interface Question {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly paths: readonly string[];
}

export interface Answer {
  readonly id: number;
  /** `undefined` for a text that is not JSON. */
  readonly readings: readonly Reading[] | undefined;
}

let known: { readonly texts: string; readonly paths: readonly JsonPath[] } | undefined;

parentPort?.on('message', ({ id, bytes, paths }: Question) => {
  const texts = JSON.stringify(paths);
  // Answers of one route mostly follow each other.
  if (known?.texts !== texts) known = { texts, paths: paths.map(jsonPath) };
  const readings = numbersAt(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'), known.paths);
  parentPort?.postMessage({ id, readings } satisfies Answer);
});
