import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { socketFolder } from '../database/cluster-folder.ts';
import { version } from '../version.ts';
import { killLeftWorkers } from './left-workers.ts';
import { endAbandoned } from './link.ts';
import type { GatewaySettings } from './messages.ts';

/** How long the gateway serves on while no server is there. */
const orphanMs = 600_000;

/** How the gateway of a configuration is to be. */
export async function gatewaySettings({ dataDir, gateway: { host, port, workers, zone } }: Pick<Config, 'dataDir' | 'gateway'>): Promise<GatewaySettings> {
  const folder = folderIn(dataDir);
  return { version, host, port, workers, ...(zone !== undefined && { zone }), folder, socket: await socketIn(folder, 'socket'), dials: await dialsIn({ dataDir }), facts: factsIn({ dataDir }), orphanMs };
}

/** Ends the gateway that a server left running when it was killed; does nothing where one uses it, or there is none. */
export async function stopAbandonedGateway({ dataDir }: Pick<Config, 'dataDir'>): Promise<void> {
  const folder = folderIn(dataDir);
  if (!existsSync(folder)) return;
  await endAbandoned(await socketIn(folder, 'socket'));
  await killLeftWorkers(folder);
}

/** Where the gateway of a data folder writes down what it counts. */
export function factsIn({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'facts');
}

/** Where the gateway of a data folder dials. */
export async function dialsIn({ dataDir }: Pick<Config, 'dataDir'>): Promise<string> {
  return await socketIn(folderIn(dataDir), 'dials');
}

const folderIn = (dataDir: string): string => join(dataDir, 'gateway');

async function socketIn(folder: string, name: string): Promise<string> {
  return join(await socketFolder(folder, undefined), name);
}
