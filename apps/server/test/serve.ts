import { startServer } from '../src/compose.ts';
import { loadConfig } from '../src/config.ts';

// Serves as the environment says, says where, and answers every message with what its heap holds.
const server = await startServer(loadConfig());
process.on('message', () => {
  global.gc?.();
  process.send?.(process.memoryUsage().heapUsed);
});
process.on('SIGTERM', () => void server.close().then(() => process.exit(0)));
process.send?.(server.url);
