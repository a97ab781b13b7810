import { type Call, isNebError, messageOf } from '@neb/core-types';
import type { Engine } from './engine.ts';
import { engineInfo } from './replies.ts';

/** What is missing before any of the engines can be used, in words for the operator; `undefined` if one can. */
export async function readinessOf(platform: string, engines: readonly Engine[], call?: Call): Promise<string | undefined> {
  if (engines.length === 0) return `platform ${platform} has no hosts; configure at least one`;
  const missing = await Promise.all(engines.map((one) => missingAt(one, call)));
  return missing.includes(undefined) ? undefined : missing.join(' ');
}

async function missingAt({ client, suspend }: Engine, call?: Call): Promise<string | undefined> {
  try {
    const { OSType } = await client.json(engineInfo, { method: 'GET', path: '/info', signal: call?.signal });
    await suspend.find(call?.signal).catch(() => undefined); // Whoever suspends is told.
    return OSType === 'windows' ? `The Docker Engine at ${client.at} runs Windows containers; switch it to Linux containers.` : undefined;
  } catch (error) {
    call?.signal?.throwIfAborted();
    const { message, hint } = isNebError(error) ? error : { message: messageOf(error), hint: undefined };
    return `${message[0]?.toUpperCase() ?? ''}${message.slice(1)}.${hint ? ` ${hint}` : ''}`;
  }
}
