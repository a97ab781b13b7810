import { NebError } from '@neb/core-types';
import { parsePath } from '../jsonpath/parse.ts';
import { plainText, select } from '../jsonpath/select.ts';
import type { Column } from './table.ts';

/** Columns of `TITLE:PATH,…`, as kubectl's custom-columns. Throws `invalid`. */
export function customColumns(text: string): readonly Column<unknown>[] {
  return text.split(/,(?![^[]*\])/).map((part) => {
    const [, title, path] = /^\s*([^:]+):(.+)$/s.exec(part) ?? [];
    if (title === undefined || path === undefined) {
      throw new NebError('invalid', `custom-columns: "${part}" is not TITLE:PATH`, { hint: 'Write custom-columns=NAME:.metadata.name,STATUS:.status.status' });
    }
    const steps = parsePath(path.replace(/^\{(.*)\}$/s, '$1'));
    return { title, cell: (item) => select(item, steps).map(plainText).join(',') };
  });
}
