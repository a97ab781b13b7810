import type { Command } from 'commander';
import { type Container, NebError } from '@neb/core-types';
import type { Applied, ApplyInput } from '@neb/sdk';
import { kindEntry } from '../kinds/table.ts';
import { follow, timeoutOf } from '../progress/follow.ts';
import { candidateSections } from '../describe/candidates.ts';
import { sectionsText } from '../describe/sections.ts';
import type { Session } from '../session.ts';
import { agreeToPrice } from './agree-to-price.ts';
import { scaledReady } from '../waiting.ts';
import { tellWhatItCosts } from './cost-line.ts';
import { checkedHere } from './check-here.ts';
import { tellWhereTheyCouldRun } from './could-run.ts';
import type { Ready } from './read.ts';

/** Flags of the verbs that write manifests. */
export interface WriteFlags {
  readonly wait?: boolean;
  readonly waitTimeout?: string;
  readonly detach?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean | string;
}

export function addWriteFlags(command: Command): Command {
  return command
    .option('--wait', 'wait until containers are ready or completed, processors can work, and services are rolled out')
    .option('--wait-timeout <duration>', 'how long to wait, such as 10m; no limit if absent')
    .option('-d, --detach', 'do not wait; without it a terminal shows how containers start')
    .option('-y, --yes', 'do not ask')
    .option('--dry-run [where]', 'client: only check; server: say what would happen; bare: check, and say where it could run. Change nothing');
}

export interface WriteOptions extends WriteFlags {
  readonly mode: ApplyInput['mode'];
}

/** Applies manifests, says what became of each, and follows containers where asked to. */
export async function writeManifests(session: Session, manifests: readonly Ready[], options: WriteOptions): Promise<void> {
  const dryRun = dryRunOf(options.dryRun);
  if (dryRun === 'client') {
    await checkedHere(session, manifests);
    return options.dryRun === true && session.out.forPeople ? await tellWhereTheyCouldRun(session, manifests, options.mode) : undefined;
  }
  const neb = await session.neb();
  const bodies = manifests.map(({ body }) => body);
  if (!dryRun && session.canAsk && !options.yes && session.out.format.do === 'table') await agreeToPrice(session, manifests, { neb, mode: options.mode });
  const applied = await neb.apply(bodies, { mode: options.mode, ...(dryRun && { dryRun: true }) }, session);
  for (const one of applied) for (const warning of one.warnings) session.warn(`${title(one)}: ${warning}`);

  const made = new Set(applied.flatMap(({ outcome }, nth) => (dryRun || outcome === 'unchanged' ? [] : [nth])));
  await tellWhatItCosts(session, manifests.filter((_, nth) => made.has(nth)));
  const started = dryRun ? [] : applied.flatMap(({ kind, id, namespace, name, outcome }) => (kind === 'Container' && id !== undefined && outcome !== 'unchanged' ? [{ id, namespace, name }] : []));
  const scaled = dryRun ? [] : applied.flatMap(({ kind, id, outcome }) => ((kind === 'Processor' || kind === 'Service') && id !== undefined && outcome !== 'unchanged' ? [{ kind, id }] : []));
  const attached = started.length > 0 && !options.detach && (options.wait || (session.live && session.out.format.do === 'table'));
  if (options.wait && !options.detach) await Promise.all(scaled.map((one) => scaledReady(session, one, timeoutOf(options.waitTimeout))));
  if (!attached) {
    await show(session, applied, { dryRun: dryRun !== undefined });
    if (started.length > 0) session.note(session.style.dim(nextSteps(started)));
    return;
  }
  for (const one of applied) session.note(line(one, false));
  const up = await follow(session, started, { timeoutMs: timeoutOf(options.waitTimeout) });
  if (session.out.format.do !== 'table') await show(session, applied, { dryRun: false, objects: up });
  session.note(session.style.dim(nextSteps(started)));
}

/** `client` or `server`; bare, it is `client`, which asks a server no more than where containers could run. Throws `invalid`. */
function dryRunOf(flag: boolean | string | undefined): 'client' | 'server' | undefined {
  if (flag === undefined || flag === false || flag === 'none') return undefined;
  if (flag === true || flag === 'client') return 'client';
  if (flag === 'server') return 'server';
  throw new NebError('invalid', `--dry-run=${flag} is neither client nor server`);
}

interface ShowOptions {
  readonly dryRun: boolean;
  readonly objects?: readonly Container[];
}

async function show(session: Session, applied: readonly Applied[], { dryRun, objects }: ShowOptions): Promise<void> {
  const { out } = session;
  if (out.forPeople) return out.write(applied.map((one) => `${line(one, dryRun)}\n${offersOf(session, one)}`).join(''));
  const items = applied.map((one) => {
    const object = objects?.find((container) => container.metadata.id === one.id);
    return { ...one, ...(dryRun && { dry_run: true }), ...(object && { object }) };
  });
  return out.list({
    items, name: title, id: (one) => one.id ?? one.name,
    columns: [
      { title: 'KIND', cell: (one) => one.kind },
      { title: 'NAMESPACE', cell: (one) => one.namespace },
      { title: 'NAME', cell: (one) => one.name },
      { title: 'OUTCOME', cell: (one) => one.outcome },
    ],
  });
}

function offersOf(session: Session, { candidates = [] }: Applied): string {
  return sectionsText(candidateSections(candidates, session.moment()), session.out.style, session.out.width);
}

function line(one: Applied, dryRun: boolean): string {
  const where = one.namespace === '' ? '' : ` in ${one.namespace}`;
  const what = one.outcome === 'configured' && one.changes.length > 0 ? ` (${one.changes.slice(0, 5).join(', ')}${one.changes.length > 5 ? ', ...' : ''})` : '';
  const restart = one.restarts && one.outcome === 'configured' ? '; it restarts' : '';
  return `${title(one)} ${one.outcome}${where}${what}${restart}${dryRun ? ' (dry run)' : ''}`;
}

function title({ kind, name }: Applied): string {
  return `${kindEntry(kind).singular}/${name}`;
}

function nextSteps(started: readonly { readonly namespace: string; readonly name: string }[]): string {
  const [first, ...more] = started;
  if (!first) return '';
  if (more.length > 0) return `neb get containers -n ${first.namespace} shows how they are.`;
  const at = `${first.name} -n ${first.namespace}`;
  return `Next: neb logs ${at} -f; neb exec -it ${at} -- sh; neb delete container ${at}`;
}
