import { type Meter, messageOf, type RouteFact } from '@neb/core-types';
import { scaled } from '../json/decimal.ts';
import { type JsonPath, jsonPath } from '../json/json-path.ts';

/** What a meter of a route counts at the door. `index` is its place in the route's list. */
export type DoorMeter = { readonly index: number; readonly unit: string; readonly asks: NonNullable<RouteFact['asks']> } & (
  | { readonly counts: 'request_value' | 'response_value'; readonly path: JsonPath }
  | { readonly counts: 'requests' | 'bytes_in' | 'bytes_out' | 'bytes' }
);

/** What is counted at a door. */
export interface DoorMeters {
  readonly all: readonly DoorMeter[];
  readonly requestPaths: readonly JsonPath[];
  readonly responsePaths: readonly JsonPath[];
}

/** Those of a route's meters that are counted at the door, made ready once for as long as that list lives; broken ones are left out. */
export function doorMeters(meters: readonly Meter[]): DoorMeters {
  const known = ready.get(meters);
  if (known) return known;
  const all = meters.flatMap((meter, index) => {
    const one = doorMeter(meter, index);
    return typeof one === 'object' ? [one] : [];
  });
  const pathsOf = (counts: DoorMeter['counts']): JsonPath[] => all.flatMap((one) => ('path' in one && one.counts === counts ? one.path : []));
  const made = { all, requestPaths: pathsOf('request_value'), responsePaths: pathsOf('response_value') };
  ready.set(meters, made);
  return made;
}

/** What is wrong with meters that count at the door, in words for their author. */
export function meterProblems(meters: readonly Meter[]): readonly string[] {
  return meters.flatMap((meter, index) => {
    const one = doorMeter(meter, index);
    return typeof one === 'string' ? [`meter ${index + 1}, ${meter.metric}: ${one}`] : [];
  });
}

/** So many bytes in a meter's unit, exactly; `undefined` for a unit that is none of bytes. */
export function bytesIn(unit: string, bytes: number): string | undefined {
  const scale = byteUnits[unit.toLowerCase().replace(/s$/, '')];
  if (!scale) return undefined;
  const [base, power] = scale;
  return base === 10 ? scaled(BigInt(bytes), power) : scaled(BigInt(bytes) * 5n ** BigInt(power), power);
}

/** Base and power. A binary fraction has as many decimal places as its power of two. */
const byteUnits: Readonly<Record<string, readonly [10 | 2, number] | undefined>> = {
  byte: [10, 0], b: [10, 0], kb: [10, 3], mb: [10, 6], gb: [10, 9], tb: [10, 12], kib: [2, 10], mib: [2, 20], gib: [2, 30], tib: [2, 40],
};

const ready = new WeakMap<readonly Meter[], DoorMeters>();

/** `undefined` for one that is not counted at the door, and a sentence for one that cannot be. */
function doorMeter({ metric = 'runtime', unit, json_path, currency, cost, costp }: Meter, index: number): DoorMeter | string | undefined {
  const asks = { metric, currency, ...(cost !== undefined && { cost }), ...(costp !== undefined && { costp }) };
  switch (metric) {
    case 'requests': return { index, unit, asks, counts: metric };
    case 'bytes': case 'bytes_in': case 'bytes_out':
      return bytesIn(unit, 0) === undefined ? `${unit} is not a unit of bytes, such as byte, MB or GiB` : { index, unit, asks, counts: metric };
    case 'request_value': case 'response_value':
      if (json_path === undefined) return 'it needs a json_path, such as $.usage.total_tokens';
      try {
        return { index, unit, asks, counts: metric, path: jsonPath(json_path) };
      } catch (error) {
        return messageOf(error);
      }
    default: return undefined;
  }
}
