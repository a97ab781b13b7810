import { didYouMean, NebError } from '@neb/core-types';
import type { Environment } from '../config.ts';
import type { Context, Contexts, Project } from './context.ts';

/** A setting, and who said so. */
export interface Setting {
  readonly value: string;
  readonly origin: string;
}

/** Where to go, as whom, and in which namespace. */
export interface Settings {
  readonly context: Setting | undefined;
  readonly server: Setting;
  readonly token: Setting | undefined;
  /** Absent where nobody named one: then names are looked up in the caller's own, and lists show all namespaces. */
  readonly namespace: Setting | undefined;
}

export interface Flags {
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly namespace?: string | undefined;
  readonly context?: string | undefined;
}

export interface Sources {
  readonly flags: Flags;
  readonly env: Environment;
  readonly project: Project | undefined;
  readonly contexts: Contexts;
  /** Reads a token file; `undefined` if there is none. */
  readonly readToken: (file: string) => string | undefined;
}

const localServer = 'http://127.0.0.1:3000';
/** Stands for the caller's own namespace. */
export const ownNamespace = '-';

/**
 * Flag, then environment, then `.neb.yaml`, then the context in use, then the local server.
 * A context's token goes to that context's server only, and the local token to this machine only.
 */
export function resolveSettings(sources: Sources): Settings {
  const { flags, env, project } = sources;
  const context = chosenContext(sources);
  const chosen = context && contextNamed(sources.contexts, context);
  const server =
    fromFlag(flags.server, '--server') ?? env.server ?? fromProject(project, 'server') ??
    (context && chosen ? { value: chosen.server, origin: `context ${context.value}` } : undefined) ??
    { value: localServer, origin: 'default' };
  const normal = { origin: 'origin' in server ? server.origin : server.name, value: withScheme(server.value) };
  return {
    context,
    server: normal,
    token: fromFlag(flags.token, '--token') ?? fromEnv(env.token) ?? contextToken(sources, normal, context) ?? localToken(sources, normal),
    namespace:
      fromFlag(flags.namespace, '--namespace') ?? fromEnv(env.namespace) ?? fromProject(project, 'namespace') ??
      (context && chosen?.namespace !== undefined ? { value: chosen.namespace, origin: `context ${context.value}` } : undefined),
  };
}

function chosenContext({ flags, env, project, contexts }: Sources): Setting | undefined {
  return (
    fromFlag(flags.context, '--context') ?? fromEnv(env.context) ?? fromProject(project, 'context') ??
    (contexts.current === undefined ? undefined : { value: contexts.current, origin: contexts.all.get(contexts.current)?.file ?? 'config.yaml' })
  );
}

function contextNamed(contexts: Contexts, { value, origin }: Setting): Context {
  const found = contexts.all.get(value);
  if (found) return found;
  const names = [...contexts.all.keys()];
  throw new NebError('not_found', `there is no context "${value}" (named by ${origin}).${didYouMean(value, names)}`, {
    hint: names.length > 0 ? `There are ${names.join(', ')}; neb config use-context NAME chooses one.` : 'neb login URL --token-stdin makes one; neb up makes one for this machine.',
  });
}

function contextToken({ contexts, readToken }: Sources, server: Setting, context: Setting | undefined): Setting | undefined {
  const owner = context && contexts.all.get(context.value);
  if (!owner || origin(withScheme(owner.server)) !== origin(server.value)) return undefined;
  const value = owner.token ?? (owner.tokenFile === undefined ? undefined : readToken(owner.tokenFile));
  return value ? { value, origin: owner.tokenFile ?? `context ${context.value}` } : undefined;
}

function localToken({ env, readToken }: Sources, server: Setting): Setting | undefined {
  if (!isLoopback(server.value)) return undefined;
  const file = `${env.dataDir}/token`;
  const value = readToken(file);
  return value ? { value, origin: file } : undefined;
}

const fromFlag = (value: string | undefined, name: string): Setting | undefined => (value === undefined ? undefined : { value, origin: name });
const fromEnv = (given: Environment['token']): Setting | undefined => given && { value: given.value, origin: given.name };
function fromProject(project: Project | undefined, field: 'server' | 'namespace' | 'context'): Setting | undefined {
  const value = project?.[field];
  return project && value !== undefined ? { value, origin: project.file } : undefined;
}

/** `host:3000` as a URL: https, except on this machine. Throws `invalid`. */
export function withScheme(text: string): string {
  const url = /^https?:\/\//i.test(text) ? text : `${isLoopback(`http://${text}`) ? 'http' : 'https'}://${text}`;
  if (!URL.canParse(url)) throw new NebError('invalid', `"${text}" is not a server's address`, { hint: 'Write http://host:port.' });
  return url.replace(/\/+$/, '');
}

export function isLoopback(url: string): boolean {
  return URL.canParse(url) && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}

const origin = (url: string): string => new URL(url).origin;
