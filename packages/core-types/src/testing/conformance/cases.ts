import { facets } from './facets.ts';
import { lifecycle } from './lifecycle.ts';
import type { ConformanceCase, Subject } from './subject.ts';
import { suspends } from './suspends.ts';

/** The promises every provider keeps, as plain cases for any test runner; `setUp` makes a fresh subject for each. */
export function conformanceCases(setUp: () => Promise<Subject>): readonly ConformanceCase[] {
  return [...lifecycle, ...facets, ...suspends].map(({ name, check }) => ({
    name,
    async run(skip) {
      const subject = await setUp();
      try {
        await check(subject, skip);
      } finally {
        await subject.dispose();
      }
    },
  }));
}
