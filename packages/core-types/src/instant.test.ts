import { expect, test } from 'vitest';
import { instant } from './instant.ts';

test.each(['2026-11-24T08:00:00Z', '2026-11-24T08:00:00.123456789+05:30', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59-15:59'])('%s is a time', (text) => {
  expect(instant.parse(text)).toBe(text);
});

test.each(['', 'soon', '2026-11-24', '2026-11-24 08:00:00Z', '2026-02-30T08:00:00Z', '0000-01-01T00:00:00Z', '2026-11-24T08:00:00+16:00', '2026-11-24T08:00:00-23:00'])('%j is none', (text) => {
  expect(instant.safeParse(text).error?.issues[0]?.message).toMatch(/^must be a time/);
});
