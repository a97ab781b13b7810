import { errorCodes, isNebError, messageOf } from '@neb/core-types';
import { startServer } from './compose.ts';
import { loadConfig } from './config.ts';

/** Values by the names of variables, from the command line. */
export type Overrides = Readonly<Record<string, string | undefined>>;

/**
 * Runs the server until SIGTERM or SIGINT, and answers with the exit code of the process: 0 after an orderly end, else
 * that of the error, which is printed in a sentence. A second signal ends the process at once.
 * SIGUSR2 has it leave services and processors as they are for 15 s.
 */
export async function main(overrides: Overrides = {}): Promise<number> {
  try {
    const config = loadConfig(overrides);
    const server = await startServer(config);
    process.on('SIGUSR2', () => server.wind());
    const signal = await stopSignal();
    const impatient = (): void => process.exit(128 + signalNumbers[signal]);
    process.on('SIGTERM', impatient).on('SIGINT', impatient);
    await server.close();
    return 0;
  } catch (error) {
    return explain(error);
  }
}

const signalNumbers = { SIGINT: 2, SIGTERM: 15 } as const;

function stopSignal(): Promise<keyof typeof signalNumbers> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM')).once('SIGINT', () => resolve('SIGINT'));
  });
}

function explain(error: unknown): number {
  const known = isNebError(error);
  const hint = known && error.hint !== undefined ? `\n  ${error.hint}` : '';
  console.error(`neb serve: ${known ? error.message : ((error as Error).stack ?? messageOf(error))}${hint}`);
  return errorCodes[known ? error.code : 'internal'].exit;
}
