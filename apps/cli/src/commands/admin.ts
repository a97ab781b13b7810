import { NebError } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import type { Attach, Run } from '../verb.ts';

export const attach: Attach = (command, act) => {
  command.addHelpText('before', examples('What only an administrator of the server may do.', [
    ['neb admin export-audit > audit.jsonl', 'the whole audit log, one record a line'],
    ['neb admin rotate-key', 'encrypt under a new key, while everything goes on'],
    ['neb admin verify-audit', 'whether every record is there as it was written'],
  ]));
  command.command('rotate-key').summary('Encrypt the keys of all secrets under a new key').action(act(rotateKey));
  command.command('export-audit').summary('Print the audit log, oldest first, as JSON lines').action(act(exportAudit));
  command.command('verify-audit').summary('Check the chain of the audit log').action(act(verifyAudit));
};

const rotateKey: Run<object> = async (session) => {
  const rotated = await (await session.neb()).admin.rotateKey(session);
  await session.out.value({ kind: 'KeyRotation', ...rotated }, () =>
    `${rotated.made ? 'A new key is in the key file' : 'The key of NEB_ENCRYPTION_KEY is in use'}; ${rotated.rewrapped} data keys were wrapped under it, and none is left under another.\n`);
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
