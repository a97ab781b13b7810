import { didYouMean, type Field, fieldsOf, type Kind, kindNamed, kindNames, kinds, NebError } from '@neb/core-types';
import type { Explanation } from '@neb/sdk';
import { candidateSections } from '../describe/candidates.ts';
import { eventSection } from '../describe/events.ts';
import { moveSections } from '../describe/move.ts';
import { nextHints } from '../describe/next.ts';
import { explainProcessor } from '../describe/processor.ts';
import { explainService } from '../describe/service.ts';
import { retryFacts } from '../describe/retries.ts';
import { rowsOf, type Section, sectionsText } from '../describe/sections.ts';
import { examples } from '../help/examples.ts';
import { find, refTo } from '../objects.ts';
import type { Style } from '../render/style.ts';
import type { Session } from '../session.ts';
import type { Attach, Run } from '../verb.ts';

export const attach: Attach = (command, act) => {
  command
    .argument('<what>', 'a kind, or a field of it: container.health_check.interval; or container NAME, processor NAME, service NAME')
    .argument('[name]', 'a container: where it runs, and why there; a processor or service: why it has so many workers')
    .addHelpText('before', examples('Explain a kind\'s fields; of one container, which places fit, which do not, why not, and whether a move pays; of one processor or service, its scaling.', [
      ['neb explain container', 'all fields'],
      ['neb explain container.health_check', 'one of them'],
      ['neb explain container trl-job -n training', 'why is it where it is?'],
      ['neb explain processor translator -n my-app', 'why has it so many workers?'],
      ['neb explain service web -n my-app', 'and this so many replicas?'],
    ]))
    .action(act(explain));
};

const explain: Run<object> = async (session, { words }) => {
  const [what = '', name] = words;
  const [kindWord = '', ...path] = what.split(/[./]/).filter((part) => part !== '');
  const kind = kindNamed(kindWord);
  if (!kind) throw new NebError('invalid', `"${kindWord}" is not a kind with fields.${didYouMean(kindWord, kindNames.map((one) => one.toLowerCase()))}`, { hint: 'neb api-resources lists kinds.' });
  if (name !== undefined || what.includes('/')) return explainOne(session, kind, name ?? path[0] ?? '');
  const top: Field = { name: kind.toLowerCase(), aliases: [], type: 'map', required: true, description: about[kind], fields: fieldsOf(kinds[kind].manifest) };
  const way = path.reduce<readonly Field[]>((fields, part) => [...fields, inner(fields.at(-1)!, part, what)], [top]);
  const field = way.at(-1)!;
  // As it is written in manifests, whichever of its names was asked for.
  const full = way.map(({ name: part }) => part).join('.');
  await session.out.value({ path: full, ...field }, () => fieldText(field, full, session.out.style));
};

const about: Readonly<Record<keyof typeof kinds, string>> = {
  Container: 'Something that runs: an image with a command, where there is room and the price is right.',
  Namespace: 'A group of objects with a network of their own, and one owner.',
  Secret: 'A value that is kept encrypted and reaches containers only as they start.',
  Processor: 'Containers that work off a stream and are scaled by its back-pressure.',
  Service: 'Containers behind one stable address, scaled by latency.',
  Snapshot: 'What a running container held at one moment, to go on from later, elsewhere or more than once.',
  Budget: 'How much may be spent, and what happens on the way there.',
};

function inner(field: Field, part: string, what: string): Field {
  const clean = part.replace(/\[.*\]$/, '');
  const found = field.fields.find(({ name, aliases }) => name === clean || aliases.includes(clean));
  if (found) return found;
  const names = field.fields.map(({ name }) => name);
  throw new NebError('not_found', `${what}: "${clean}" is not a field of ${field.name}.${didYouMean(clean, names)}`, { hint: names.length > 0 ? `There are ${names.join(', ')}.` : `${field.name} has no fields of its own.` });
}

function fieldText(field: Field, path: string, { bold, dim, cyan }: Style): string {
  const facts = [field.type, field.required ? 'required' : undefined, field.fallback && `${field.fallback} if absent`, field.aliases.length > 0 ? `also ${field.aliases.join(', ')}` : undefined];
  const head = `${bold(path)}  ${dim(facts.filter(Boolean).join('; '))}\n${field.description ? `  ${field.description}\n` : ''}`;
  const width = Math.max(0, ...field.fields.map(({ name }) => name.length));
  const rows = field.fields.map(({ name, type, required, description, fields }) =>
    `  ${cyan(name.padEnd(width))}  ${dim(`<${type}${fields.length > 0 ? '...' : ''}>`)}${required ? ' required' : ''}\n  ${' '.repeat(width)}  ${description ?? ''}`.trimEnd());
  return `${head}${rows.length > 0 ? `\n${rows.join('\n')}\n` : ''}`;
}

async function explainOne(session: Session, kind: Kind, name: string): Promise<void> {
  if (kind === 'Processor') return explainScaling(session, name);
  if (kind === 'Service') return explainReplicas(session, name);
  if (kind === 'Container') return explainPlaces(session, name);
  throw new NebError('invalid', `there is nothing to explain of one ${kind.toLowerCase()}`, { hint: `neb describe ${kind.toLowerCase()} ${name} tells all about it; neb explain ${kind.toLowerCase()}.FIELD explains a field.` });
}

async function explainScaling(session: Session, name: string): Promise<void> {
  const processor = await find(session, 'Processor', name);
  const explanation = await (await session.neb()).processors.explain(refTo(processor), session);
  await session.out.value(explanation, () => sectionsText(explainProcessor(explanation, session.moment()), session.out.style, session.out.width));
}

async function explainReplicas(session: Session, name: string): Promise<void> {
  const service = await find(session, 'Service', name);
  const explanation = await (await session.neb()).services.explain(refTo(service), session);
  await session.out.value(explanation, () => sectionsText(explainService(explanation, session.moment()), session.out.style, session.out.width));
}

async function explainPlaces(session: Session, name: string): Promise<void> {
  const container = await find(session, 'Container', name);
  const explanation = await (await session.neb()).containers.explain(refTo(container), session);
  await session.out.value(explanation, () => sectionsText(placesOf(session, explanation), session.out.style, session.out.width));
}

function placesOf(session: Session, { container, places, candidates, events, move }: Explanation): readonly Section[] {
  const { metadata, status } = container;
  const moment = session.moment();
  const { green, red } = moment.style;
  return [
    { title: `container/${metadata.name}`, facts: [
      ['Status', status.status],
      ['Why', status.message],
      ['Runs at', [status.platform, status.region].filter(Boolean).join(', ')],
      ['Wants', [container.platform && `platform ${container.platform}`, container.accelerators?.join(' or '), container.needs && `a place with ${container.needs.join(' and ')}`, container.max_price && `at most $${container.max_price}/h`].filter(Boolean).join(', ') || 'any place that fits'],
      ...retryFacts(container, moment.now),
    ] },
    { title: 'Places', rows: rowsOf([
      { title: 'PLATFORM', cell: (p) => p.platform },
      { title: 'FITS', cell: (p) => (p.fits ? 'yes' : 'no'), colour: (p, text) => (p.fits ? green(text) : red(text)) },
      { title: 'PRICE', cell: (p) => (p.pricePerHour === undefined ? '' : `$${p.pricePerHour}/h`), side: 'right' },
      { title: 'WHY', cell: (p) => p.why },
    ], places) },
    ...candidateSections(candidates, moment),
    ...moveSections(move),
    eventSection(events, moment),
    { title: 'Next', lines: nextHints(container) },
  ];
}
