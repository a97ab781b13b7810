import type { KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type BillVerdict, billLines, publicKeysIn, verifyBill } from '@neb/billing/bill';
import { messageOf, NebError, timestamp } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import type { Session } from '../session.ts';
import type { Attach, Run } from '../verb.ts';
import { momentOf } from '../when.ts';

interface ExportFlags {
  readonly owner?: string;
  readonly month?: string;
  readonly since?: string;
  readonly until?: string;
}

interface VerifyFlags {
  readonly end?: string;
  readonly key?: string;
  readonly signed?: boolean;
}

export const attach: Attach = (command, act) => {
  command.addHelpText('before', examples('Bills: every fact of a time, chained, so that anybody can check that none was changed or left out.', [
    ['neb bill export --month 2026-11 > november.jsonl', ''],
    ['neb bill export --since 2026-11-01 --until 2026-11-08 --owner acme > week.jsonl', ''],
    ['neb bill verify november.jsonl', 'needs no server'],
    ['neb bill verify november.jsonl --key keys.pem', 'and whether a server with this key signed it; `neb admin bill-keys` prints it'],
    ['neb bill verify november.jsonl --signed', 'and whether this server signed it'],
  ]));
  command.command('export').summary('Print a bill as JSON lines')
    .option('--month <month>', 'such as 2026-11 (UTC); the one that is under way if absent')
    .option('--since <when>', 'instead of a month: 7d, 2026-11-01, or a time').option('--until <when>', 'with --since; now if absent')
    .option('--owner <owner>', 'a user or an organisation; you if absent')
    .action(act<ExportFlags>(exportBill));
  command.command('verify').summary('Check a bill, without a server').argument('<file>', 'what `neb bill export` printed')
    .option('--key <file>', 'with public keys, of which one must have signed it')
    .option('--signed', 'the server in use must have signed it: its keys are asked for; so does --server')
    .option('--end <hash>', 'that its last record must have: what you kept elsewhere')
    .action(act<VerifyFlags>(verify));
};

const exportBill: Run<ExportFlags> = async (session, { options }) => {
  const { records, signature, ...about } = await (await session.neb()).billing.bill({ ...timeOf(session, options), owner: options.owner }, session);
  const { owner, since, until, after, made_at } = about;
  for await (const line of billLines({ owner, since, until, after, made_at }, records, signature)) await session.out.write(`${line}\n`);
};

const verify: Run<VerifyFlags> = async (session, { words: [file = ''], options }) => {
  const verdict = await verifyBill(linesOf(file), { end: options.end, keys: await keysFor(session, options) });
  if (!verdict.ok) {
    const [first, ...more] = verdict.problems;
    for (const { line, message } of more) session.note(`line ${line}: ${message}`);
    throw new NebError('invalid', `${file} is not as it was written: line ${first!.line}: ${first!.message}`, { details: { problems: verdict.problems } });
  }
  const totals = verdict.totals.map(({ currency, amount, cost }) => `${amount} ${currency} asked, ${cost} ${currency} paid to platforms`).join('; ') || 'nothing';
  await session.out.value({ kind: 'BillVerdict', ...verdict }, () =>
    `${verdict.owner}, ${verdict.since} to ${verdict.until}: ${totals}\n${verdict.records} records, none changed or missing; the last is ${verdict.end.seq}, with the hash ${verdict.end.hash}\n${signatureText(verdict)}\n`);
};

/** What a signature is checked with; `undefined` where it is not. */
async function keysFor(session: Session, { key, signed = session.flags.server !== undefined }: VerifyFlags): Promise<readonly KeyObject[] | undefined> {
  if (key === undefined && !signed) return undefined;
  const text = key === undefined ? '' : await readFile(key, 'utf8').catch((error: unknown) => { throw new NebError('not_found', `${key} cannot be read: ${messageOf(error)}`); });
  const given = publicKeysIn(text);
  if (key !== undefined && given.length === 0) throw new NebError('invalid', `there is no public key in ${key}`, { hint: 'neb admin bill-keys > FILE writes one.' });
  const asked = signed ? await (await session.neb()).billing.keys(session) : [];
  return [...given, ...asked.flatMap(({ public_key: pem }) => publicKeysIn(pem))];
}

function signatureText({ signature }: Extract<BillVerdict, { ok: true }>): string {
  if (!signature) return 'not signed';
  return signature.checked ? `signed with the key ${signature.key}` : `signed with the key ${signature.key}, which was not checked: --key FILE or --signed does`;
}

function timeOf(session: Session, { month, since, until }: ExportFlags): { readonly since: string; readonly until: string } {
  const now = session.world.clock.now();
  if (since !== undefined || until !== undefined) {
    if (since === undefined || month !== undefined) throw new NebError('invalid', 'a bill is of a --month, or of a time from --since to --until');
    return { since: momentOf(session, 'since', since), until: until === undefined ? timestamp(now) : momentOf(session, 'until', until) };
  }
  const named = month ?? timestamp(now).slice(0, 7);
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(named)) throw new NebError('invalid', `--month ${named} is no month, such as 2026-11`);
  const from = new Date(`${named}-01T00:00:00Z`);
  return { since: from.toISOString(), until: new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1)).toISOString() };
}

async function* linesOf(file: string): AsyncGenerator<string, void> {
  const input = createReadStream(file);
  try {
    yield* createInterface({ input, crlfDelay: Infinity });
  } catch (error) {
    throw new NebError('not_found', `${file} cannot be read: ${messageOf(error)}`);
  } finally {
    input.destroy();
  }
}
