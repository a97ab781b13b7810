import { conforms } from '../test/conformance.ts';
import { enginePath } from '../test/real-engine.ts';
import { docker } from './index.ts';

conforms('docker', async () => ({ provider: docker({ socketPath: enginePath }) }));
