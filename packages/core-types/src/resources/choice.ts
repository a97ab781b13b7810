import { z } from 'zod';

/** One of `options`, written in any case and with or without `-` or `_`: `on-failure` is `OnFailure`. */
export function choice<const T extends readonly [string, ...string[]]>(options: T) {
  return z.preprocess((value) => (typeof value === 'string' ? (options.find((option) => fold(option) === fold(value)) ?? value) : value), z.enum(options));
}

const fold = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, '');
