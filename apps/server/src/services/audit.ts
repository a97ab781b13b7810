import type { AuditLog } from '@neb/audit';
import { type AuditEntry, type Clock, NebError, timestamp } from '@neb/core-types';
import type { Audit, Caller } from '@neb/sdk/contract';
import { authorise, type Target } from '../auth/authorise.ts';
import { auditBy } from '../auth/view-of.ts';
import type { Log } from '../log.ts';

/** What was done or denied, and to what. */
export interface Deed extends Pick<AuditEntry, 'kind' | 'namespace' | 'name' | 'id' | 'owner' | 'why'> {
  readonly verb: string;
}

/** A deed done to an object. */
export function deedTo(verb: string, { kind, namespace, name, id, owner }: Pick<AuditEntry, 'kind' | 'namespace' | 'name' | 'id' | 'owner'>, why?: string): Deed {
  return { verb, kind, namespace, name, id, owner, why };
}

/** Writes down who did what. */
export interface Recorder {
  /** Once it resolves it is on disk: what must not happen unseen waits for it. */
  done(who: Caller, deed: Deed): Promise<void>;
  /** Nobody waits for it: the answer to one who is denied must not take longer than to one who asks for what is not there. */
  denied(who: Caller, deed: Deed): void;
}

/** A recorder over the log; `done` rejects where the log cannot be written. */
export function recorder({ audit, clock, log }: { readonly audit: AuditLog; readonly clock: Clock; readonly log: Log }): Recorder {
  const write = (who: Caller, outcome: AuditEntry['outcome'], { kind, namespace, ...deed }: Deed): Promise<void> =>
    audit.append({
      at: timestamp(clock.now()), who: who.id, credential: who.credential, address: who.via?.address, request: who.via?.request,
      kind, ...deed, ...(namespace !== undefined && namespace !== '' && { namespace }), outcome,
    });
  return {
    done: (who, deed) => write(who, 'ok', deed),
    denied: (who, deed) => void write(who, 'denied', deed).catch((error: unknown) => log.error({ error }, 'a denial cannot be written to the audit log')),
  };
}

/** The log as the API shows it: to administrators of an owner what concerns it, to those of the server all of it. */
export function auditService(audit: AuditLog): Audit {
  return {
    async list(who, input) {
      return await auditBy(who, audit).list({ ...input, owners: ownersFor(who, input.namespace) });
    },
    async *records(who, { after }) {
      forServer(who);
      for await (const record of auditBy(who, audit).records()) if (record.seq > Number(after ?? 0)) yield { ...record, position: String(record.seq) };
    },
    async verify(who) {
      forServer(who);
      return await audit.verify();
    },
  };
}

/** The owners whose log `who` may read; absent for all. Throws `unauthorized` where there are none. */
function ownersFor(who: Caller, namespace: string | undefined): readonly string[] | undefined {
  const target = (owner: string | undefined): Target => ({ kind: 'Audit', owner, namespace });
  const all = authorise(who, 'list', target(undefined));
  if (all.do === 'allow') return undefined;
  const decisions = Object.keys(who.roles).map((owner) => ({ owner, decision: authorise(who, 'list', target(owner)) }));
  const owners = decisions.filter(({ decision }) => decision.do === 'allow').map(({ owner }) => owner);
  if (owners.length > 0) return owners;
  const refused = [all, ...decisions.map(({ decision }) => decision)].find((decision) => decision.do === 'refused');
  throw new NebError('unauthorized', `you may not read the audit log${refused ? `: ${refused.why}` : ''}`);
}

function forServer(who: Caller): void {
  if (authorise(who, 'list', { kind: 'Audit' }).do !== 'allow') throw new NebError('unauthorized', 'only an administrator of the server may read the whole audit log', { hint: '`neb get audit` shows what concerns you and your organisations.' });
}
