import { type Route, type RouteFact, timestamp } from '@neb/core-types';
import type { JsonPath } from '../json/json-path.ts';
import type { Reading } from '../json/numbers-at.ts';
import { type BodyReader, bodyReader } from './answer-readers.ts';
import { decodedReader } from './decoded-reader.ts';
import { bytesIn, type DoorMeter, doorMeters } from './door-meters.ts';
import { type MeterMemory, meterMemory } from './meter-memory.ts';

/** How a body is written, by the fields of its message. */
export interface MeteredHeaders {
  readonly 'content-type'?: string | undefined;
  readonly 'content-encoding'?: string | undefined;
}

/** One request that is counted. */
export interface MeteredRequest {
  /** Tells it apart from all others, for good: facts of the same are the same. */
  readonly id: string;
  /** When it came, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly caller?: string | undefined;
  readonly headers: MeteredHeaders;
}

/** Sees what passes, and never delays, keeps or alters it. */
export interface MeterTap {
  /** Bytes of the request's body, once each, also where it is sent to a second replica. */
  request(bytes: Uint8Array): void;
  /** A replica has begun to answer. */
  answer(status: number, headers: MeteredHeaders): void;
  /** Bytes of the answer's body. */
  response(bytes: Uint8Array): void;
  /** The facts, now that all has passed, or as much as did before it broke off. To be called once; neither throws nor rejects. */
  end(whole: boolean): readonly RouteFact[] | Promise<readonly RouteFact[]>;
}

export interface MeterOptions {
  /** Most of one JSON document, event or line that is looked into; 8 MiB by default. */
  readonly limitBytes?: number;
  /** Shared by all of a process; 256 MiB by default. */
  readonly memory?: MeterMemory;
}

type MeteredRoute = Pick<Route, 'id' | 'kind' | 'namespace' | 'owner' | 'meters'>;

/** How a route's requests are counted; `undefined` for a route that has no meter at the door, which then costs nothing. */
export function meterTap(route: MeteredRoute, request: MeteredRequest, { limitBytes = 8 * 2 ** 20, memory = ofProcess }: MeterOptions = {}): MeterTap | undefined {
  const meters = doorMeters(route.meters);
  if (meters.all.length === 0) return undefined;
  const asked = readerFor(meters.requestPaths, request.headers);
  let answered: BodyReader | undefined;
  let status: number | undefined;
  const seen = { in: 0, out: 0 };

  function readerFor(paths: readonly JsonPath[], headers: MeteredHeaders): BodyReader | undefined {
    const reader = paths.length > 0 ? bodyReader(headers['content-type'] ?? '', { paths, memory, limitBytes }) : undefined;
    return reader && decodedReader(headers['content-encoding'] ?? '', reader);
  }

  function factsOf(requestValues: Readings, responseValues: Readings): readonly RouteFact[] {
    // What is asked of nobody is not counted, but what was held of it is let go.
    if (status === undefined) return [];
    const facts: RouteFact[] = [];
    let [asks, answers] = [0, 0];
    for (const meter of meters.all) {
      const reading = meter.counts === 'request_value' ? requestValues?.[asks++] : meter.counts === 'response_value' ? responseValues?.[answers++] : plainReading(meter, seen);
      // Whoever asks is not billed for a request that neb or its replica failed; bytes have passed all the same.
      const isForNothing = status >= 500 && (meter.counts === 'requests' || meter.counts === 'request_value');
      if (reading && !isForNothing) facts.push(fact(route, request, [meter, reading]));
    }
    return facts;
  }

  return {
    request(bytes) {
      seen.in += bytes.byteLength;
      asked?.write(bytes);
    },
    answer(code, headers) {
      status = code;
      // What failed has no usage to speak of.
      if (code < 400) answered = readerFor(meters.responsePaths, headers);
    },
    response(bytes) {
      seen.out += bytes.byteLength;
      answered?.write(bytes);
    },
    end(whole) {
      const [requestValues, responseValues] = [asked?.end(whole), answered?.end(whole)];
      // Nearly all are there at once, and waiting costs more than they do.
      if (!(requestValues instanceof Promise) && !(responseValues instanceof Promise)) return factsOf(requestValues, responseValues);
      return Promise.all([requestValues, responseValues]).then((values) => factsOf(...values));
    },
  };
}

const ofProcess = meterMemory(256 * 2 ** 20);

type Readings = readonly Reading[] | undefined;

function plainReading({ counts, unit }: DoorMeter, seen: { readonly in: number; readonly out: number }): Reading {
  switch (counts) {
    case 'requests': return { value: '1' };
    case 'bytes_in': return { value: bytesIn(unit, seen.in)! };
    case 'bytes_out': return { value: bytesIn(unit, seen.out)! };
    case 'bytes': return { value: bytesIn(unit, seen.in + seen.out)! };
    case 'request_value': case 'response_value': return undefined;
  }
}

function fact(route: MeteredRoute, request: MeteredRequest, [{ index, unit, asks }, reading]: readonly [DoorMeter, NonNullable<Reading>]): RouteFact {
  return {
    key: `${request.id}/${index}`,
    at: timestamp(request.atMs),
    route: route.id,
    kind: route.kind,
    namespace: route.namespace,
    owner: route.owner,
    ...(request.caller !== undefined && { caller: request.caller }),
    meter: index,
    asks,
    unit,
    ...('value' in reading ? { value: reading.value } : { value: '0', problem: reading.problem }),
  };
}
