import { NebError, type Service } from '@neb/core-types';
import { find, slashName } from './objects.ts';
import type { Session } from './session.ts';

/** Where a service's requests go. */
export interface ServiceAddress {
  /** What a person calls it: by name where there is one, else by its address. */
  readonly url: URL;
  /** What is connected to. */
  readonly connect: URL;
}

const [soonMs, lookMs] = [5_000, 100];

/** A service, and where its requests go. One that was just made gets its address a moment later. Throws `conflict` where it has none, and says why. */
export async function addressed(session: Session, name: string): Promise<ServiceAddress & { readonly service: Service }> {
  const { clock } = session.world;
  for (const end = clock.now() + soonMs; ; await clock.sleep(lookMs, session.signal)) {
    const service = await find(session, 'Service', name);
    const { address, message } = service.status;
    if (address !== undefined || message !== undefined || clock.now() >= end) return { service, ...addressOf(service) };
  }
}

function addressOf(service: Service): ServiceAddress {
  const { metadata: { name, namespace }, status } = service;
  const own = status.address === undefined ? undefined : new URL(`http://${status.address}`);
  const url = status.url === undefined ? own : new URL(status.url);
  if (!url) throw new NebError('conflict', `${slashName(service)} has no address${status.message === undefined ? ' yet' : `: ${status.message}`}`, { hint: `neb describe service ${name} -n ${namespace} tells how it is.` });
  // Names below localhost are this machine's, and no resolver has to know them.
  const isLocal = /(^|\.)localhost$/.test(url.hostname);
  return { url, connect: isLocal && own ? own : url };
}
