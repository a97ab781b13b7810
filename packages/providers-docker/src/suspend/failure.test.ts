import { expect, it } from 'vitest';
import { failureOf } from './failure.ts';

it.each([
  [['inet: Connected TCP socket, consider using --tcp-established option.'], /tcp-close/],
  [['Unknown shit 600 (anon_inode:[io_uring])'], /io_uring/],
  [['Can\'t get rlimit: Operation not permitted'], /CAP_SYS_RESOURCE/],
  [['Something new'], /CRIU says: Something new/],
  [[], /criu failed: type NOTIFY/],
])('CRIU\'s %j is told in words', (faults, words) => {
  expect(failureOf('unavailable', 'criu failed: type NOTIFY errno 0', faults)).toEqual({ code: 'unavailable', message: expect.stringMatching(words) });
});
