import { inspect } from 'node:util';

/** A value that cannot be printed: text, JSON and `console.log` of it are `***`. Only `reveal` gives it away. */
export interface SecretText {
  /** The value in plain. Every call of this is a place to look at in a review. */
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

const mask = '***';

/** Wraps `value` so that it ends up in no log, error or answer by accident. */
export function secretText(value: string): SecretText {
  const secret = {
    reveal: () => value,
    toString: () => mask,
    toJSON: () => mask,
    [Symbol.toPrimitive]: () => mask,
    [inspect.custom]: () => mask,
  };
  return Object.freeze(secret);
}
