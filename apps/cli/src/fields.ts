import { NebError } from '@neb/core-types';
import { parsePath, type Step } from './jsonpath/parse.ts';
import { plainText, select } from './jsonpath/select.ts';

/** A `--field-selector`: what the server can narrow down itself, and what is left to do here. */
export interface FieldSelector {
  readonly statuses: readonly string[] | undefined;
  readonly matches: (object: unknown) => boolean;
}

/** Reads `status=failed,metadata.name!=a`; `status` stands for the status word. Throws `invalid`. */
export function parseFieldSelector(text: string): FieldSelector {
  const wanted = text.split(',').map((part) => {
    const [, field, op, value] = /^\s*([^=!\s]+)\s*(!=|==|=)\s*(.*?)\s*$/.exec(part) ?? [];
    if (field === undefined || value === undefined) throw new NebError('invalid', `--field-selector "${part}" is not FIELD=VALUE or FIELD!=VALUE`);
    return { path: pathOf(field), isStatus: /^\.?status(\.status)?$/.test(field), not: op === '!=', value };
  });
  const equal = wanted.filter(({ isStatus, not }) => isStatus && !not).map(({ value }) => value);
  return {
    statuses: equal.length > 0 ? equal : undefined,
    // Several values of one field are alternatives only for the status, which has but one.
    matches: (object) => wanted.every(({ path, isStatus, not, value }) => (isStatus && !not) || select(object, path).map(plainText).includes(value) !== not),
  };
}

function pathOf(field: string): readonly Step[] {
  return parsePath(/^\.?status$/.test(field) ? '.status.status' : field === 'name' || field === 'namespace' ? `.metadata.${field}` : field);
}
