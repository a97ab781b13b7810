import { NebError, quota, quotaFields } from '@neb/core-types';
import type { UserChange } from '@neb/sdk';
import { examples } from '../help/examples.ts';
import type { Attach, Run } from '../verb.ts';
import { attachBillKeys } from './admin-bill-keys.ts';
import { attachOpenmeter } from './admin-openmeter.ts';

export const attach: Attach = (command, act) => {
  command.addHelpText('before', examples('What only an administrator of the server may do.', [
    ['neb admin disable-user ada@example.com', 'nobody comes in as it any more, and what it has open ends'],
    ['neb admin make-administrator bob@example.com', '`neb get users` lists all'],
    ['neb admin export-audit > audit.jsonl', 'the whole audit log, one record a line'],
    ['neb admin rotate-key', 'encrypt under a new key, while everything goes on'],
    ['neb admin set-quota acme --containers 20 --accelerators 8', 'what an owner may take; `neb get quotas --owner acme` shows it'],
    ['neb admin set-quota acme --default', 'what every owner may take'],
    ['neb admin openmeter sync', 'make the meters that OpenMeter lacks; `neb admin openmeter status` says how far usage is delivered'],
    ['neb admin bill-keys > keys.pem', 'what `neb bill verify --key` takes; `rotate-bill-key` makes another'],
    ['neb admin verify-audit', 'whether every record is there as it was written'],
  ]));
  command.command('rotate-key').summary('Encrypt the keys of all secrets under a new key').action(act(rotateKey));
  const quotas = command.command('set-quota').summary('Say what the live containers of an owner may take together').argument('<owner>', 'a user or an organisation');
  for (const field of quotaFields) quotas.option(`--${field} <amount>`, fieldHelp[field]);
  quotas.option('--default', 'what every owner has (NEB_OWNER_QUOTA) instead of one of its own').action(act(setQuota));
  command.command('export-audit').summary('Print the audit log, oldest first, as JSON lines').action(act(exportAudit));
  for (const [name, { summary, change, became }] of Object.entries(changes)) {
    command.command(name).summary(summary).argument('<email>').action(act(changeUser(change, became)));
  }
  attachBillKeys(command, act);
  attachOpenmeter(command, act);
  command.command('verify-audit').summary('Check the chain of the audit log').action(act(verifyAudit));
};

interface Change {
  readonly summary: string;
  readonly change: Omit<UserChange, 'user'>;
  readonly became: string;
}

const changes: Readonly<Record<string, Change>> = {
  'disable-user': { summary: 'Let nobody in as a user', change: { disabled: true }, became: 'is disabled' },
  'enable-user': { summary: 'Let a user in again, with its keys as they were', change: { disabled: false }, became: 'is enabled' },
  'make-administrator': { summary: 'Have a user run the server too', change: { admin: true }, became: 'is an administrator' },
  'unmake-administrator': { summary: 'Have a user run the server no more', change: { admin: false }, became: 'is no administrator' },
};

function changeUser(change: Change['change'], became: string): Run<object> {
  return async (session, { words: [user = ''] }) => {
    const changed = await (await session.neb()).users.set({ user, ...change }, session);
    await session.out.value({ kind: 'User', ...changed }, () => `${changed.id} ${became}\n`);
  };
}

const rotateKey: Run<object> = async (session) => {
  const rotated = await (await session.neb()).admin.rotateKey(session);
  await session.out.value({ kind: 'KeyRotation', ...rotated }, () =>
    `${rotated.made ? 'A new key is in the key file' : 'The key of NEB_ENCRYPTION_KEY is in use'}; ${rotated.rewrapped} data keys were wrapped under it, and none is left under another.\n`);
};

const fieldHelp = {
  containers: 'most containers that have not ended', accelerators: 'most accelerators of them all', cpu: 'most cores, by min_cpu',
  memory: 'most memory, by min_memory, such as 64Gi', volumes: 'most named volumes',
} as const satisfies Record<(typeof quotaFields)[number], string>;

type QuotaFlags = Readonly<Partial<Record<(typeof quotaFields)[number], string>>> & { readonly default?: true };

/** What is not given has no limit: the whole of the quota is said each time. */
const setQuota: Run<QuotaFlags> = async (session, { words: [owner = ''], options: flags }) => {
  const given = quotaFields.flatMap((field) => (flags[field] === undefined ? [] : [[field, field === 'cpu' || field === 'memory' ? flags[field] : Number(flags[field])] as const]));
  if ((given.length > 0) === (flags.default === true)) throw new NebError('invalid', 'say either what it may take, or --default', { hint: `neb admin set-quota ${owner} --containers 20` });
  const parsed = quota.safeParse(Object.fromEntries(given));
  if (!parsed.success) throw new NebError('invalid', `--${String(parsed.error.issues[0]!.path[0])}: ${parsed.error.issues[0]!.message}`);
  const set = await (await session.neb()).quotas.set(owner, flags.default ? undefined : parsed.data, session);
  await session.out.value({ kind: 'Quota', ...set }, () => `quota of ${owner} set\n`);
};

const exportAudit: Run<object> = async (session) => {
  const neb = await session.neb();
  for await (const record of neb.audit.records(session)) await session.out.write(`${JSON.stringify(record)}\n`);
};

const verifyAudit: Run<object> = async (session) => {
  const verdict = await (await session.neb()).audit.verify(session);
  if (!verdict.ok) throw new NebError('internal', `the audit log is broken: ${verdict.why}`, { hint: `${verdict.records} records before it are as they were written.`, details: { seq: verdict.seq } });
  await session.out.value({ kind: 'AuditVerdict', ...verdict }, () => `${verdict.records} records, none changed or missing; the last is ${verdict.end.seq}, with the hash ${verdict.end.hash}\nKeep that hash elsewhere: a log that is cut off at its end still verifies by itself.\n`);
};
