import { NebError } from '@neb/core-types';

/** Where a server is, how to log in there, and which namespace is meant where none is named. */
export interface Context {
  readonly server: string;
  readonly token?: string | undefined;
  /** File that holds the token instead; `~` is the home folder. */
  readonly tokenFile?: string | undefined;
  readonly namespace?: string | undefined;
}

/** What the files know: contexts by name, and the one in use. */
export interface Contexts {
  readonly current: string | undefined;
  readonly all: ReadonlyMap<string, Context & { readonly file: string }>;
}

/** What a project says in `.neb.yaml`; it cannot hold a token, so that none is committed. */
export interface Project {
  readonly file: string;
  readonly server?: string | undefined;
  readonly namespace?: string | undefined;
  readonly context?: string | undefined;
}

/** The contexts of a `config.yaml`. Throws `invalid` naming the file and the field. */
export function contextsIn(document: unknown, file: string): Contexts {
  const top = record(document ?? {}, file);
  refuseUnknown(top, ['current', 'contexts'], file);
  const all = new Map<string, Context & { file: string }>();
  for (const [name, value] of Object.entries(record(top.contexts ?? {}, `${file}: contexts`))) {
    const at = `${file}: contexts.${name}`;
    const fields = record(value, at);
    refuseUnknown(fields, ['server', 'token', 'token_file', 'namespace'], at);
    const server = text(fields.server, `${at}.server`);
    if (server === undefined) throw new NebError('invalid', `${at} has no server`, { hint: `Run neb config set-context ${name} --server URL.` });
    all.set(name, {
      server, file,
      token: text(fields.token, `${at}.token`),
      tokenFile: text(fields.token_file, `${at}.token_file`),
      namespace: text(fields.namespace, `${at}.namespace`),
    });
  }
  return { current: text(top.current, `${file}: current`), all };
}

/** What a `.neb.yaml` says. Throws `invalid`, above all for a token in it. */
export function projectIn(document: unknown, file: string): Project {
  const top = record(document ?? {}, file);
  if ('token' in top) throw new NebError('invalid', `${file} holds a token, which a project file must not`, { hint: 'Move it into a context: neb login URL --token-stdin.' });
  refuseUnknown(top, ['server', 'namespace', 'context'], file);
  return { file, server: text(top.server, `${file}: server`), namespace: text(top.namespace, `${file}: namespace`), context: text(top.context, `${file}: context`) };
}

/**
 * The servers of the original's `~/.agentsea/nebu.yaml`, as contexts. Its command line wrote `servers` as a map, its Python
 * client as a list; both are read. What is not understood there is passed over: the file is not ours.
 */
export function olderContexts(document: unknown, file: string): Contexts {
  const top = isRecord(document) ? document : {};
  const servers = Array.isArray(top.servers) ? top.servers : isRecord(top.servers) ? Object.entries(top.servers).map(([name, v]) => (isRecord(v) ? { name, ...v } : v)) : [];
  const all = new Map<string, Context & { file: string }>();
  for (const server of servers) {
    if (!isRecord(server) || typeof server.name !== 'string' || typeof server.server !== 'string') continue;
    all.set(server.name, { server: server.server, file, token: typeof server.api_key === 'string' ? server.api_key : undefined });
  }
  return { current: typeof top.current_server === 'string' ? top.current_server : undefined, all };
}

/** `first` with what only `second` has. */
export function joined(first: Contexts, second: Contexts): Contexts {
  return { current: first.current ?? second.current, all: new Map([...second.all, ...first.all]) };
}

function text(value: unknown, where: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new NebError('invalid', `${where} must be text`);
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw new NebError('invalid', `${where} must be a map of fields`);
}

function refuseUnknown(fields: Record<string, unknown>, known: readonly string[], where: string): void {
  const stray = Object.keys(fields).find((key) => !known.includes(key));
  if (stray !== undefined) throw new NebError('invalid', `${where}: "${stray}" is not a field here`, { hint: `There are ${known.join(', ')}.` });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
