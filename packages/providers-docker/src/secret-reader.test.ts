import { expect, it } from 'vitest';
import { readerNamed } from './secret-reader.ts';

it.each([
  ['', { uid: 0, gid: 0 }], ['root', { uid: 0, gid: 0 }], ['1000', { uid: 1000, gid: 0 }], ['1000:50', { uid: 1000, gid: 50 }],
  ['nobody', 'anybody'], ['1000:staff', 'anybody'],
])('an image of user "%s" is read by %o', (user, reader) => expect(readerNamed(user)).toEqual(reader));
