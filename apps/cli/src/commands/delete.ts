import { isNebError, NebError } from '@neb/core-types';
import { confirm, confirmByName } from '../ask.ts';
import { examples } from '../help/examples.ts';
import { identityKind, kindEntry, type ObjectKind } from '../kinds/table.ts';
import { collect } from '../manifests/flags.ts';
import { readManifests } from '../manifests/read.ts';
import { type AnyObject, clientOf, find, namespaceInUse, refTo, slashName } from '../objects.ts';
import { timeoutOf } from '../progress/follow.ts';
import type { Session } from '../session.ts';
import { objectTargets } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';
import { deleted } from '../waiting.ts';

interface Flags {
  readonly file?: readonly string[];
  readonly recursive?: boolean;
  readonly selector?: string;
  readonly all?: boolean;
  readonly wait?: boolean;
  readonly timeout?: string;
  readonly yes?: boolean;
  readonly ignoreNotFound?: boolean;
  readonly dryRun?: boolean;
  readonly service?: string;
}

export const attach: Attach = (command, act) => {
  command
    .argument('[kind]', 'containers, processors, services, secrets, namespaces, keys, organisations or serviceaccounts; or KIND/NAME')
    .argument('[names...]', 'which')
    .option('-f, --file <file>', 'those of a manifest; more than once', collect)
    .option('-R, --recursive', 'with a folder: the folders within it too')
    .option('-l, --selector <labels>', 'those with these labels')
    .option('-A, --all', 'all of the kind in the namespace')
    .option('--wait', 'wait until they are gone')
    .option('--timeout <duration>', 'with --wait: how long')
    .option('--ignore-not-found', 'what is not there is as good as deleted')
    .option('--service <name>', 'keys of this service\'s door')
    .option('--dry-run', 'say what would be deleted')
    .option('-y, --yes', 'do not ask')
    .addHelpText('before', examples('Remove objects. Deletion is asked for and goes on by itself; --wait waits for its end.', [
      ['neb delete container trl-job -n training', ''],
      ['neb delete secrets my-secret -n my-app', ''],
      ['neb delete container/a secret/b --wait', ''],
      ['neb delete -f job.yaml', 'what a manifest names'],
      ['neb delete containers -l app=web -n my-app', ''],
      ['neb delete key k3v9x0q2m1ab', 'it is good for nothing from now on'],
    ]))
    .action(act<Flags>(remove));
};

const remove: Run<Flags> = async (session, { words, options }) => {
  if (!options.file && identityKind((words[0] ?? '').replace(/\/.*/, ''))) return (await import('./delete-identity.ts')).deleteIdentities(session, words, options);
  const objects = await chosen(session, words, options);
  if (options.dryRun) return told(session, objects.map((object) => ({ object, outcome: 'would be deleted' })));
  const wide = options.all === true || options.selector !== undefined;
  for (const object of objects) if (object.kind === 'Namespace') await confirmByName(session, await loss(session, object), options.yes);
  if (wide && objects.length > 0) await confirm(session, `Delete ${objects.length === 1 ? slashName(objects[0]!) : `${objects.length} ${kindEntry(objects[0]!.kind).plural}`}?`, options.yes ?? !session.canAsk);
  const neb = await session.neb();
  // One after another would make thousands wait; all at once would make the server wait.
  await eachOf(objects, 8, async (object) => {
    await clientOf(neb, object.kind).delete(refTo(object), session).catch((error: unknown) => {
      if (!isNebError(error, 'not_found')) throw error;
    });
  });
  if (options.wait) await Promise.all(objects.map((object) => deleted(session, object, timeoutOf(options.timeout))));
  await told(session, objects.map((object) => ({ object, outcome: options.wait || object.kind === 'Secret' ? 'deleted' : 'is being deleted' })));
  for (const line of await (await import('../spent-line.ts')).spentLines(session, objects)) session.note(line);
};

async function chosen(session: Session, words: readonly string[], options: Flags): Promise<readonly AnyObject[]> {
  if (options.file) {
    const manifests = await readManifests(session, { files: options.file, recursive: options.recursive });
    const own = await namespaceInUse(session);
    return present(manifests.map(async ({ manifest: { kind, metadata } }) => {
      if (metadata.name === undefined) throw new NebError('invalid', `a ${kind} in ${options.file!.join(', ')} has no name, so nobody can tell which it is`);
      const at = { name: metadata.name, namespace: metadata.namespace ?? own };
      return clientOf(await session.neb(), kind).get(kind === 'Namespace' ? { name: at.name } : at, session);
    }), true);
  }
  if (words.length === 0) throw new NebError('invalid', 'delete what?', { hint: 'neb delete container NAME, or -f FILE.' });
  const found: AnyObject[] = [];
  for (const { kind, names } of objectTargets(words)) {
    if (names.length > 0) found.push(...(await present(names.map((name) => findLive(session, kind, name)), options.ignoreNotFound)));
    else if (options.all || options.selector !== undefined) {
      const within = kindEntry(kind).namespaced ? { namespace: await namespaceInUse(session) } : {};
      const all = await clientOf(await session.neb(), kind).list({ ...within, selector: options.selector, limit: 1_000 }, session).all();
      found.push(...all.filter((object) => object.metadata.deleted_at === undefined));
    } else throw new NebError('invalid', `delete which ${kindEntry(kind).plural}?`, { hint: 'Name them, choose them with -l, or take --all of the namespace.' });
  }
  return found;
}

/** What is kept of a deleted one cannot be deleted again. */
async function findLive(session: Session, kind: ObjectKind, name: string): Promise<AnyObject> {
  const object = await find(session, kind, name);
  if (!('status' in object) || object.status.status !== 'deleted') return object;
  const { singular } = kindEntry(kind);
  throw new NebError('not_found', `${singular} ${object.metadata.namespace}/${name} was deleted already`, { hint: `neb describe ${singular} ${name} -n ${object.metadata.namespace} tells what is kept of it.` });
}

async function present(wanted: readonly Promise<AnyObject>[], ignoreNotFound: boolean | undefined): Promise<readonly AnyObject[]> {
  const found = await Promise.all(wanted.map((one) => one.catch((error: unknown) => {
    if (ignoreNotFound && isNebError(error, 'not_found')) return undefined;
    throw error;
  })));
  return found.filter((object) => object !== undefined);
}

/** What goes with a namespace. */
async function loss(session: Session, { metadata: { name } }: AnyObject): Promise<{ question: string; name: string }> {
  const neb = await session.neb();
  const [containers, processors, services, secrets, budgets] = await Promise.all((['Container', 'Processor', 'Service', 'Secret', 'Budget'] as const).map(async (kind) => (await clientOf(neb, kind).list({ namespace: name, limit: 1_000 }, session).page()).items.length));
  const count = (all = 0, word: string): string => `${all >= 1_000 ? '1000 or more' : all} ${word}${all === 1 ? '' : 's'}`;
  const scaled = [[processors, 'processor'] as const, [services, 'service'] as const, [budgets, 'budget'] as const].map(([all = 0, word]) => (all > 0 ? `, ${count(all, word)}` : '')).join('');
  return { name, question: `Delete namespace ${name} with its ${count(containers, 'container')}${scaled} and ${count(secrets, 'secret')}?` };
}

async function eachOf<T>(items: readonly T[], atOnce: number, act: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const item of left) await act(item);
  }));
}

async function told(session: Session, results: readonly { readonly object: AnyObject; readonly outcome: string }[]): Promise<void> {
  const { out } = session;
  if (out.forPeople) {
    if (results.length === 0) session.note('Nothing to delete.');
    return out.write(results.map(({ object, outcome }) => `${slashName(object)} ${outcome}\n`).join(''));
  }
  const items = results.map(({ object: { kind, metadata: { namespace, name, id } }, outcome }) => ({ kind, namespace, name, id, outcome }));
  await out.list({
    items, name: ({ kind, name }) => `${kindEntry(kind).singular}/${name}`, id: ({ id }) => id,
    columns: [{ title: 'KIND', cell: (r) => r.kind }, { title: 'NAMESPACE', cell: (r) => r.namespace }, { title: 'NAME', cell: (r) => r.name }, { title: 'OUTCOME', cell: (r) => r.outcome }],
  });
}
