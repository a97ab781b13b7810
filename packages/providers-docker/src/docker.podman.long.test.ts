import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conformsInMinutes } from '../test/conformance.ts';
import { dockerEngine } from '../test/own-engine.ts';
import { docker } from './index.ts';

conformsInMinutes('docker, with experimental features,', async () => {
  const [one, other] = [await dockerEngine(), await dockerEngine()];
  const snapshotsFolder = await mkdtemp(join(tmpdir(), 'neb-snapshots-'));
  return {
    provider: docker({ socketPath: one.socketPath, snapshotsFolder }),
    api: one.api,
    elsewhere: { provider: docker({ socketPath: other.socketPath, snapshotsFolder }), api: other.api },
    async stop() {
      await Promise.all([one.stop(), other.stop()]);
      await rm(snapshotsFolder, { recursive: true });
    },
  };
});
