import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** A value of the environment, with the name it came under, which `config view --origin` shows. */
export interface Given {
  readonly value: string;
  readonly name: string;
}

/** What the command line reads from the environment; older names of the original are accepted. */
export interface Environment {
  readonly home: string;
  /** Folder of a local server: its token, its log, its database. */
  readonly dataDir: string;
  readonly server: Given | undefined;
  readonly token: Given | undefined;
  readonly namespace: Given | undefined;
  /** PEM file of an authority that the server's certificate may come from. */
  readonly caFile: string | undefined;
  readonly context: Given | undefined;
  /** NO_COLOR is set, or the terminal is dumb. */
  readonly plain: boolean;
  /** A terminal that can move its cursor. */
  readonly cursor: boolean;
  readonly utf8: boolean;
  readonly columns: number | undefined;
  readonly debug: boolean;
  readonly editor: string | undefined;
  /** Everything, for child processes. */
  readonly all: Readonly<Record<string, string | undefined>>;
}

/** Reads the environment once. */
export function environment(env: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const home = env.HOME ?? homedir();
  const given = (...names: readonly string[]): Given | undefined => {
    const name = names.find((candidate) => env[candidate] !== undefined && env[candidate] !== '');
    return name === undefined ? undefined : { name, value: env[name]! };
  };
  const dumb = env.TERM === 'dumb';
  const columns = Number(env.COLUMNS);
  return {
    home,
    dataDir: env.NEB_DATA_DIR ? resolve(env.NEB_DATA_DIR.replace(/^~(?=\/|$)/, home)) : join(home, '.neb'),
    server: given('NEB_SERVER', 'NEBU_SERVER', 'NEBULOUS_SERVER', 'AGENTSEA_SERVER'),
    token: given('NEB_TOKEN', 'NEB_API_KEY', 'NEBU_API_KEY', 'NEBULOUS_API_KEY', 'AGENTSEA_API_KEY'),
    namespace: given('NEB_NAMESPACE', 'NEBU_NAMESPACE'),
    context: given('NEB_CONTEXT'),
    caFile: env.NEB_CA_FILE || undefined,
    plain: dumb || (env.NO_COLOR !== undefined && env.NO_COLOR !== ''),
    cursor: !dumb,
    utf8: /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || ''),
    columns: columns > 0 ? columns : undefined,
    debug: env.NEB_DEBUG !== undefined && env.NEB_DEBUG !== '' && env.NEB_DEBUG !== '0',
    editor: env.NEB_EDITOR || env.VISUAL || env.EDITOR || undefined,
    all: env,
  };
}
