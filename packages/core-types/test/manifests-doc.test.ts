import { expect, test } from 'vitest';
import { manifestReference } from './manifest-reference.ts';

test('docs/manifests.md says what the schemas say', async () => {
  await expect(manifestReference()).toMatchFileSnapshot('../../../docs/manifests.md');
});
