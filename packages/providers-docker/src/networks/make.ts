import { isNebError, NebError } from '@neb/core-types';
import { z } from 'zod';
import { type EngineClient, path } from '../connection/client.ts';
import type { Transport } from '../connection/transport.ts';
import { isRefusal } from '../errors.ts';
import { labels, networkName, type Scope } from '../names.ts';
import type { SubnetPool } from '../options.ts';
import { network, type Network } from '../replies.ts';
import { chooseSubnet, type Range, rangeOf, routedRanges } from './subnets.ts';

export interface NetworkWorld {
  readonly client: EngineClient;
  readonly transport: Transport;
  readonly pool: SubnetPool;
}

const makeMs = 60_000;
const attempts = 20;

/** Makes the network of a namespace if it is not there. Others may do the same at the same time: there will be one. */
export async function makeNetwork(world: NetworkWorld, scope: Scope, signal?: AbortSignal): Promise<void> {
  const { client, pool } = world;
  const name = networkName(scope);
  const lost: Range[] = [];

  for (let attempt = 0; attempt < attempts; attempt++) {
    if (await exists(client, name, signal)) return;
    const subnet = chooseSubnet(pool, name, [...(await takenRanges(world, signal)), ...lost]);
    if (!subnet) throw new NebError('no_capacity', `every subnet of ${pool.cidr} is taken at ${client.at}`, { hint: 'Delete namespaces, or give the platform a larger subnetPool.' });
    try {
      const made = await client.json(z.object({ Id: z.string() }), { method: 'POST', path: '/networks/create', body: networkBody(scope, subnet), timeoutMs: makeMs, signal });
      return await dropTwin(client, name, made.Id);
    } catch (error) {
      if (isRefusal(error, 409)) return; // Another was quicker.
      if (!isOverlap(error)) throw error;
      // Known too late, or a route of the host that we cannot see: the next piece then.
      const range = rangeOf(subnet);
      if (range && attempt > 0) lost.push(range);
    }
  }
  throw new NebError('no_capacity', `no free subnet was found in ${pool.cidr} at ${client.at}`, { hint: 'Give the platform another subnetPool.' });
}

function networkBody(scope: Scope, subnet: string): object {
  return {
    Name: networkName(scope),
    Driver: 'bridge',
    CheckDuplicate: true,
    IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
    Labels: { [labels.fleet]: scope.fleet, [labels.namespace]: scope.namespace },
  };
}

async function exists(client: EngineClient, name: string, signal?: AbortSignal): Promise<boolean> {
  try {
    await client.json(network, { method: 'GET', path: path`/networks/${name}`, signal });
    return true;
  } catch (error) {
    if (isNebError(error, 'not_found')) return false;
    throw error;
  }
}

async function takenRanges({ client, transport }: NetworkWorld, signal?: AbortSignal): Promise<readonly Range[]> {
  const [networks, routes] = await Promise.all([
    client.json(z.array(network), { method: 'GET', path: '/networks', signal }),
    transport.routes(),
  ]);
  return [...networks.flatMap(subnetsOf), ...routedRanges(routes ?? '')];
}

function subnetsOf({ IPAM }: Network): readonly Range[] {
  return (IPAM?.Config ?? []).flatMap(({ Subnet = '' }) => rangeOf(Subnet) ?? []);
}

function isOverlap(error: unknown): boolean {
  return [400, 403, 409, 500].some((status) => isRefusal(error, status, /overlap|subnet .*(?:already|in use)|address space/i));
}

/**
 * Engines look for a network's name and then make it, so two can make it twice and containers would then part. Whoever made
 * the younger one takes it back; whoever made the eldest takes back the others too, since it may have come into sight last.
 */
async function dropTwin(client: EngineClient, name: string, id: string): Promise<void> {
  const found = await client.json(z.array(network), { method: 'GET', path: '/networks', query: { filters: { name: [`^${name.replaceAll('.', '\\.')}$`] } } });
  const [eldest, ...younger] = found.toSorted((a, b) => `${a.Created ?? ''} ${a.Id}`.localeCompare(`${b.Created ?? ''} ${b.Id}`));
  if (!eldest) return;
  const mine = eldest.Id === id;
  for (const twin of mine ? younger.map(({ Id }) => Id) : [id]) {
    if (await drop(client, twin) || !mine) continue;
    // A container is in it already, and none can be in this one yet.
    await drop(client, id);
    return;
  }
}

/** False where a container is in it. */
async function drop(client: EngineClient, id: string): Promise<boolean> {
  try {
    await client.done({ method: 'DELETE', path: path`/networks/${id}`, timeoutMs: makeMs });
    return true;
  } catch (error) {
    if (isNebError(error, 'not_found')) return true;
    if (isRefusal(error, 403) || isRefusal(error, 409)) return false;
    throw error;
  }
}
