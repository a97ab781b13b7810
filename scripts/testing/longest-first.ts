import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Short files that take minutes: where nothing is known of earlier runs, the order would follow the files' sizes, and these would be left for last with one core idle. */
const long = [/\.long\.test\.ts$/, /\/auth\/matrix[^/]*$/, /\/stores\/(embedded|debian)[^/]*$/];

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => long.some((pattern) => pattern.test(moduleId));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
