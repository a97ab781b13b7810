import { NebError, type Service } from '@neb/core-types';
import { slashName } from './objects.ts';

/** Where a service's requests go. */
export interface ServiceAddress {
  /** What a person calls it: by name where there is one, else by its address. */
  readonly url: URL;
  /** What is connected to. */
  readonly connect: URL;
}

/** Throws `conflict` where it has no address yet, and says why. */
export function addressOf(service: Service): ServiceAddress {
  const { metadata: { name, namespace }, status } = service;
  const own = status.address === undefined ? undefined : new URL(`http://${status.address}`);
  const url = status.url === undefined ? own : new URL(status.url);
  if (!url) throw new NebError('conflict', `${slashName(service)} has no address${status.message === undefined ? ' yet' : `: ${status.message}`}`, { hint: `neb describe service ${name} -n ${namespace} tells how it is.` });
  // Names below localhost are this machine's, and no resolver has to know them.
  const isLocal = /(^|\.)localhost$/.test(url.hostname);
  return { url, connect: isLocal && own ? own : url };
}
