import type { Environment } from '../config.ts';
import { findKind, kindTable } from '../kinds/table.ts';
import { verbNamed } from '../verb-names.ts';
import { verbEntries } from '../verbs.ts';
import type { Names } from './names.ts';

/** A word that may come next, and what it is. */
export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** The shell knows best which files there are. */
const filesHere = '__files__';

export interface AnswerOptions {
  readonly env: Environment;
  readonly names: Names;
  /** Flags of a verb; loaded only when a flag is asked for. */
  readonly flagsOf: (verb: string | undefined) => Promise<readonly Candidate[]>;
}

const valued: Readonly<Record<string, readonly string[] | 'files' | 'namespaces' | 'contexts'>> = {
  '-n': 'namespaces', '--namespace': 'namespaces', '--context': 'contexts', ...all('-f --file --from-file --from-env-file --token-file', 'files'),
  '-o': 'table wide json yaml name id csv jsonpath= custom-columns='.split(' '), '--color': ['auto', 'always', 'never'],
  '--for': ['ready', 'running', 'completed', 'ended', 'deleted'], '--restart': ['Always', 'OnFailure', 'Never'], '--dry-run': ['client', 'server'],
  ...all('-l --selector --tail --since --data --key --num --replicas --timeout --port --server --token --sort-by --image --cmd -c --command --field-selector --output --min --to-revision --revision -X --request -d -H --header', []),
};

function all<T>(flags: string, value: T): Readonly<Record<string, T>> {
  return Object.fromEntries(flags.split(' ').map((flag) => [flag, value]));
}

/** What may stand in the place of the last of `words`. */
export async function answer(words: readonly string[], options: AnswerOptions): Promise<readonly Candidate[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const given = positionals(before);
  const [verb] = given;
  const flag = before.at(-1) ?? '';
  // In logs, -f follows and takes no value.
  if (flag in valued && !(flag === '-f' && verb === 'logs')) return valuesOf(flag, options);
  if (current.startsWith('-')) return options.flagsOf(verb);
  if (verb === undefined) return verbs(verbEntries.filter(([, { hidden }]) => !hidden));
  const namespace = valueOf(before, ['-n', '--namespace']);
  return wordsOf(verb, { given: given.slice(1), current, namespace, ...options });
}

interface Place extends AnswerOptions {
  readonly given: readonly string[];
  readonly current: string;
  readonly namespace: string | undefined;
}

async function wordsOf(verb: string, place: Place): Promise<readonly Candidate[]> {
  const { given, names, namespace, current } = place;
  const containers = async (): Promise<readonly Candidate[]> => plain(await names('Container', namespace), 'container');
  switch (verbNamed(verb)) {
    case 'get': return kindsAndNames(place, kindTable.filter(({ is }) => is !== 'later').map(({ plural }) => plural));
    case 'delete': return kindsAndNames(place, kindsThatAre('object', 'identity'));
    case 'describe': case 'edit': case 'wait': return kindsAndNames(place, kindsThatAre('object'));
    case 'create': return given.length === 0 ? plain(kindsThatAre('object', 'identity'), 'kind') : [];
    case 'explain': case 'schema': return given.length === 0 ? plain(kindsThatAre('object', 'later'), 'kind') : kindsAndNames(place);
    case 'logs': return current.includes('/') ? kindsAndNames(place) : containers();
    case 'rollout': return given.length === 0 ? plain(['status', 'history', 'undo', 'restart'], '') : ofKind({ ...place, given: given.slice(1) }, 'Service');
    case 'curl': case 'open': return ofKind(place, 'Service');
    case 'scale': return kindsAndNames(place, ['processor', 'service']);
    case 'send': case 'read': case 'dead-letters': return ofKind(place, 'Processor');
    case 'top': return containers();
    case 'exec': case 'suspend': case 'resume': case 'migrate': case 'fork': case 'checkpoint': return given.length === 0 ? containers() : [];
    case 'port-forward': return given.length > 0 ? [] : current.includes('/') ? kindsAndNames(place) : containers();
    case 'cp': return current.includes('/') || current.includes('.') ? plain([filesHere], '') : plain((await names('Container', namespace)).map((name) => `${name}:`), 'container');
    case 'apply': case 'diff': return plain([filesHere], '');
    case 'completion': return plain(['bash', 'zsh', 'fish'], 'shell');
    case 'help': return [...plain(['environment', 'exit-codes', 'output', 'topics'], 'topic'), ...verbs(verbEntries)];
    case 'config': return given.length === 0 ? plain('view get-contexts current-context use-context set-context delete-context'.split(' '), '') : plain(await contexts(place.env), 'context');
    default: return [];
  }
}

/** The kind, or a name of it; or `kind/name`. */
async function ofKind(place: Place, kind: 'Processor' | 'Service'): Promise<readonly Candidate[]> {
  const word = kind.toLowerCase();
  return place.given.length === 0 && !place.current.includes('/') ? plain([word, ...(await place.names(kind, place.namespace))], word) : kindsAndNames(place);
}

/** A kind first, or `kind/name`; then names of it. */
async function kindsAndNames({ given, current, names, namespace }: Place, kinds: readonly string[] = []): Promise<readonly Candidate[]> {
  if (given.length === 0 && !current.includes('/')) return plain(kinds, 'kind');
  const [word = ''] = (current.includes('/') ? current : (given[0] ?? '')).split('/');
  const entry = findKind(word);
  if (entry?.is !== 'object') return [];
  const found = await names(entry.kind, namespace);
  return plain(current.includes('/') ? found.map((name) => `${word}/${name}`) : found.filter((name) => !given.includes(name)), entry.singular);
}

async function valuesOf(flag: string, { env, names }: AnswerOptions): Promise<readonly Candidate[]> {
  const values = valued[flag];
  switch (values) {
    case undefined: return [];
    case 'files': return plain([filesHere], '');
    case 'namespaces': return plain(await names('Namespace', undefined), 'namespace');
    case 'contexts': return plain(await contexts(env), 'context');
    default: return plain(values, '');
  }
}

async function contexts(env: Environment): Promise<readonly string[]> {
  const { readContexts } = await import('../settings/files.ts');
  return [...(await readContexts(env)).all.keys()];
}

function positionals(words: readonly string[]): readonly string[] {
  return words.filter((word, at) => !word.startsWith('-') && !((words[at - 1] ?? '') in valued && !(words[at - 1] === '-f' && words.includes('logs'))));
}

function valueOf(words: readonly string[], flags: readonly string[]): string | undefined {
  const at = words.findLastIndex((word) => flags.includes(word));
  return at < 0 ? words.find((word) => word.startsWith('--namespace='))?.split('=')[1] : words[at + 1];
}

const plain = (words: readonly string[], about: string): readonly Candidate[] => words.map((word) => ({ word, about }));

function kindsThatAre(...any: readonly (typeof kindTable)[number]['is'][]): readonly string[] {
  return kindTable.filter(({ is }) => any.includes(is)).map(({ singular }) => singular);
}

function verbs(entries: typeof verbEntries): readonly Candidate[] {
  return entries.map(([word, { summary }]) => ({ word, about: summary }));
}
