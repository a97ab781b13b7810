import { type Event, isNebError, type Namespace, type Processor, type Secret } from '@neb/core-types';
import type { ProcessorHealth } from '@neb/sdk';
import { describeBudget } from '../describe/budget.ts';
import { describeContainer } from '../describe/container.ts';
import { eventSection } from '../describe/events.ts';
import { describeProcessor } from '../describe/processor.ts';
import { describeService } from '../describe/service.ts';
import { describeSnapshot } from '../describe/snapshot.ts';
import { type Section, sectionsText } from '../describe/sections.ts';
import { examples } from '../help/examples.ts';
import type { Moment } from '../kinds/moment.ts';
import type { ObjectKind } from '../kinds/table.ts';
import { clientOf, find, namespaceInUse, type ObjectOf, refTo } from '../objects.ts';
import { age } from '../render/age.ts';
import type { Session } from '../session.ts';
import { objectTargets } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';

export const attach: Attach = (command, act) => {
  command
    .argument('<kind>', 'container, processor, service, snapshot, secret, budget or namespace; or KIND/NAME')
    .argument('[names...]', 'which; all of the namespace if absent')
    .addHelpText('before', examples('Tell all about an object: its state and why, its conditions, attempts and events, and what to do next.', [
      ['neb describe container trl-job -n training', ''],
      ['neb describe container/trl-job -o json', 'the same for programs'],
    ]))
    .action(act(describe));
};

/** What there is to tell of one object. */
interface Told {
  readonly data: object;
  readonly sections: readonly Section[];
}

const describe: Run<object> = async (session, { words }) => {
  const told: Told[] = [];
  for (const { kind, names } of objectTargets(words)) {
    for (const name of names.length > 0 ? names : await allNames(session, kind)) told.push(await tell(session, kind, name));
  }
  const { out, style } = session;
  const data = told.map((one) => one.data);
  await out.value(data.length === 1 ? data[0] : { kind: 'List', items: data }, () => told.map(({ sections }) => sectionsText(sections, { ...out.style, marks: style.marks }, out.width)).join('\n\n'));
};

async function allNames(session: Session, kind: ObjectKind): Promise<readonly string[]> {
  const list = clientOf(await session.neb(), kind).list({ namespace: await namespaceInUse(session), limit: 100 }, session);
  return (await list).items.map((object) => object.metadata.name);
}

async function tell(session: Session, kind: ObjectKind, name: string): Promise<Told> {
  const neb = await session.neb();
  const moment = session.moment();
  const object = await find(session, kind, name);
  if (object.kind === 'Container') {
    const explanation = await neb.containers.explain(refTo(object), session);
    return { data: explanation, sections: describeContainer(explanation, moment) };
  }
  if (object.kind === 'Processor') {
    const [explanation, health] = await Promise.all([neb.processors.explain(refTo(object), session), healthOf(session, object)]);
    return { data: { ...explanation, health }, sections: describeProcessor(explanation, moment, health) };
  }
  if (object.kind === 'Service') {
    const explanation = await neb.services.explain(refTo(object), session);
    return { data: explanation, sections: describeService(explanation, moment) };
  }
  const { items: events } = await neb.events.list({ objectId: object.metadata.id, limit: 50 }, session);
  return { data: { ...object, events }, sections: sectionsOf(object, events, moment) };
}

function sectionsOf(object: ObjectOf['Snapshot' | 'Budget' | 'Secret' | 'Namespace'], events: readonly Event[], moment: Moment): readonly Section[] {
  switch (object.kind) {
    case 'Snapshot': return describeSnapshot(object, events, moment);
    case 'Budget': return describeBudget(object, events, moment);
    default: return describePlain(object, events, moment);
  }
}

/** How long workers are waited for that may be of a make that never says how it is. */
const healthMs = 1_000;

/** What one of its workers says of itself. */
async function healthOf(session: Session, processor: Processor): Promise<ProcessorHealth | undefined> {
  if (processor.status.replicas.ready === 0) return undefined;
  try {
    return await (await session.neb()).processors.health(refTo(processor), { waitMs: healthMs, signal: session.signal });
  } catch (error) {
    // Nothing else that is told needs the workers, or their Redis.
    if (isNebError(error, 'timeout')) return { status: 'unknown', message: `no worker said within ${healthMs / 1_000} s how it is` };
    if (isNebError(error, 'unavailable')) return { status: 'unknown', message: error.message };
    throw error;
  }
}

function describePlain(object: Secret | Namespace, events: readonly Event[], moment: Moment): readonly Section[] {
  const { metadata } = object;
  return [
    { title: `${object.kind.toLowerCase()}/${metadata.name}`, facts: [
      ['Namespace', object.kind === 'Secret' ? metadata.namespace : undefined],
      ['Id', metadata.id],
      ['Owner', metadata.owner],
      ['Labels', Object.entries(metadata.labels).map(([key, value]) => `${key}=${value}`).join(', ')],
      ['Created', `${age(metadata.created_at, moment.now)} ago by ${metadata.created_by} (${metadata.created_at})`],
      ['Expires', object.kind === 'Secret' ? (object.expires_at ?? 'never') : undefined],
      ['Status', object.kind === 'Namespace' ? object.status.status : undefined],
      ['Why', object.kind === 'Namespace' ? object.status.message : undefined],
    ] },
    eventSection(events, moment),
    { title: 'Next', lines: object.kind === 'Secret' ? [`neb get secret ${metadata.name} -n ${metadata.namespace} --reveal`, `neb delete secret ${metadata.name} -n ${metadata.namespace}`] : [`neb get containers -n ${metadata.name}`, `neb delete namespace ${metadata.name}`] },
  ];
}
