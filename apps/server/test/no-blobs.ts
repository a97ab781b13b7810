import type { Blobs } from '../src/archives/blobs.ts';

/** Of a server that keeps no files. */
export const noBlobs: Blobs = {
  keep: () => Promise.reject(new Error('no file is kept here')),
  read: () => Promise.reject(new Error('no file is kept here')),
  tidy: async () => 0,
};
