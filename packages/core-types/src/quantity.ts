import { z } from 'zod';
import { parseCpus, parseMemory } from './quantity-text.ts';

/** An amount of memory such as `16Gi`; a bare number is GiB. Comes out as GiB. */
export const memoryGiB = quantity(
  (value) => {
    const bytes = parseMemory(value);
    return bytes === undefined ? undefined : bytes / 2 ** 30;
  },
  'must be an amount of memory such as 16Gi, 512Mi, or a number of GiB',
).meta({ title: 'memory' });

/** An amount of CPU such as `2`, `0.5` or `500m`. Comes out as cores. */
export const cpus = quantity(parseCpus, 'must be a number of cores such as 2, 0.5 or 500m').meta({ title: 'cores' });

function quantity(parse: (value: string | number) => number | undefined, error: string) {
  return z
    .union([z.number(), z.string()])
    .transform((value, context) => {
      const amount = parse(value);
      if (amount !== undefined && amount > 0) return amount;
      context.issues.push({ code: 'custom', message: error, input: value });
      return z.NEVER;
    })
    .pipe(z.number());
}
