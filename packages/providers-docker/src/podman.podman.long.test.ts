import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conformsInMinutes } from '../test/conformance.ts';
import { podmanEngine } from '../test/own-engine.ts';
import { docker } from './index.ts';

conformsInMinutes('podman', async () => {
  const [one, other] = [await podmanEngine(), await podmanEngine()];
  const snapshotsFolder = await mkdtemp(join(tmpdir(), 'neb-snapshots-'));
  return {
    provider: docker({ name: 'podman', socketPath: one.socketPath, snapshotsFolder }),
    api: one.api,
    elsewhere: { provider: docker({ name: 'podman', socketPath: other.socketPath, snapshotsFolder }), api: other.api },
    async stop() {
      await Promise.all([one.stop(), other.stop()]);
      await rm(snapshotsFolder, { recursive: true });
    },
  };
});
