import type { OpenmeterRetry, OpenmeterStatus, OpenmeterSync } from '@neb/sdk';
import type { Attach, Run } from '../verb.ts';

/** `neb admin openmeter`. */
export const attachOpenmeter: Attach = (command, act) => {
  const openmeter = command.command('openmeter').summary('See to the delivery of usage to OpenMeter');
  openmeter.command('status').summary('How far it came, and what is in its way').action(act(status));
  openmeter.command('retry').summary('Send again what it refused and was put aside').action(act(retry));
  openmeter.command('sync').summary('Make the meters and subjects that OpenMeter lacks, and send again what it refused').action(act(sync));
};

const status: Run<object> = async (session) => {
  const found = await (await session.neb()).admin.openmeterStatus(session);
  await session.out.value({ kind: 'OpenmeterStatus', ...found }, () => statusLines(found).map((line) => `${line}\n`).join(''));
};

function statusLines({ configured, url, position, behind, moved_at: movedAt, trouble, undelivered, refused }: OpenmeterStatus): readonly string[] {
  return [
    configured ? `OpenMeter at ${url ?? 'an address that the server keeps'}` : 'The server delivers to no OpenMeter. Set OPENMETER_URL and, where it asks for one, OPENMETER_API_KEY, and start it again.',
    `${position} facts of the ledger are done with${movedAt === undefined ? '' : `, the last at ${movedAt}`}; ${behind} are not.`,
    ...(trouble ? [`In the way since ${trouble.at}: ${trouble.message}`] : []),
    ...(undelivered > 0 ? [`OpenMeter refuses ${undelivered}, which are put aside; \`neb admin openmeter retry\` sends them again:`, ...refused.map(({ id, reason }) => `  ${id}: ${reason}`)] : []),
  ];
}

const retry: Run<object> = async (session) => {
  const retried = await (await session.neb()).admin.openmeterRetry(session);
  await session.out.value({ kind: 'OpenmeterRetry', ...retried }, () => `${retriedLine(retried)}\n`);
};

function retriedLine({ delivered, undelivered }: OpenmeterRetry): string {
  return delivered + undelivered === 0 ? 'Nothing was put aside.' : `Of what was refused before, ${delivered} facts are delivered, and ${undelivered} refused again.`;
}

const sync: Run<object> = async (session) => {
  const synced = await (await session.neb()).admin.openmeterSync(session);
  await session.out.value({ kind: 'OpenmeterSync', ...synced }, () => syncLines(synced).map((line) => `${line}\n`).join(''));
};

function syncLines({ meters, subjects, delivered, undelivered }: OpenmeterSync): readonly string[] {
  return [
    ...meters.flatMap(({ slug, outcome, differences }) => [`meter ${slug} ${outcome}`, ...differences.map(({ field, wanted, is }) => `  ${field} is ${is}, not ${wanted}`)]),
    ...(meters.some(({ outcome }) => outcome === 'different') ? ['A meter that is different counts something else. OpenMeter changes none once it is made: delete it there, and sync again.'] : []),
    `${subjects} subjects are there.`,
    ...(delivered + undelivered > 0 ? [retriedLine({ delivered, undelivered })] : []),
  ];
}
