import { expect, test } from 'vitest';
import { servedPlatforms } from '../config-platforms.ts';
import { cloudNamed, missing } from './clouds.ts';

const withoutAnAccount: readonly string[] = ['docker', 'ssh', 'memory'];

test.each(servedPlatforms.filter((name) => !withoutAnAccount.includes(name)))('%s, which this server serves, is known with the variables that set it up', (name) => {
  const cloud = cloudNamed(name);
  expect(cloud, `services/clouds.ts has no row for ${name}`).toBeDefined();
  expect(missing(cloud!)).toBe(`it needs ${cloud!.needs.join(' and ')}, and ${name} in NEB_PLATFORMS where that is set`);
});
