import { type AcceleratorCount, type ContainerSpec, isNebError, type LaunchSpec, messageOf, type NebError, type PortSpec, timestamp, type VolumePath, type VolumeSpec } from '@neb/core-types';
import type { Resource } from '../store.ts';
import type { LaunchDefaults, SecretReader } from '../world.ts';
import { registryCredentials } from './registry-credentials.ts';
import { secretFields } from './secret-fields.ts';
import { secretNames } from './secret-names.ts';
import { splitWords } from './words.ts';

export interface LaunchSource {
  readonly secrets: Pick<SecretReader, 'open'>;
  readonly defaults: LaunchDefaults;
  readonly now: number;
}

/** `wait` is for what may come yet, such as a secret; `fail` for what only another spec can change. */
export type Prepared =
  | { readonly do: 'launch'; readonly spec: LaunchSpec }
  | { readonly do: 'wait'; readonly reason: string; readonly message: string }
  | { readonly do: 'fail'; readonly reason: string; readonly message: string };

/** What to run for `container`, secrets opened. The accelerator comes with the offer; see `withAccelerator`. */
export async function launchSpec(container: Resource<'Container'>, source: LaunchSource): Promise<Prepared> {
  const { spec, namespace, name, id } = container;
  const image = spec.image ?? source.defaults.image;
  try {
    const values = await openSecrets(container, source.secrets);
    return {
      do: 'launch',
      spec: {
        image,
        ...commandOf(spec),
        env: {
          ...source.defaults.env,
          ...identity(container, source.now),
          ...Object.fromEntries((spec.env ?? []).map((v) => [v.key, v.secret_name === undefined ? (v.value ?? '') : partOf(values, { ...v, secret_name: v.secret_name })])),
        },
        ports: (spec.ports ?? []).map(portOf),
        volumes: (spec.volumes ?? []).map(volumeOf),
        secretFiles: spec.secret_files?.map((file) => ({ path: file.path, content: partOf(values, file), mode: file.mode === undefined ? undefined : Number.parseInt(file.mode, 8) })),
        limits: { cpus: spec.resources?.max_cpu, memoryBytes: bytesOf(spec.resources?.max_memory) },
        registry: spec.pull_secret === undefined ? undefined : registryCredentials(values.get(spec.pull_secret) ?? '', { image, secret: spec.pull_secret }),
        network: { namespace, hostnames: [`container-${id}`, name] },
        labels: { 'neb.container': id, 'neb.namespace': namespace, 'neb.name': name },
      },
    };
  } catch (error) {
    if (error instanceof Hindrance) return { do: error.do, reason: error.reason, message: error.message };
    if (isNebError(error, 'invalid')) return { do: 'fail', reason: 'Invalid', message: error.message };
    throw error;
  }
}

/** `spec` with the accelerator that was chosen for it. */
export function withAccelerator(spec: LaunchSpec, accelerator: AcceleratorCount | undefined): LaunchSpec {
  return accelerator ? { ...spec, accelerator } : spec;
}

/** What a spec asks for and cannot have: not yet, or not at all. */
class Hindrance extends Error {
  readonly do: 'wait' | 'fail';
  readonly reason: string;
  constructor(kind: 'wait' | 'fail', { reason, message }: { reason: string; message: string }) {
    super(message);
    this.do = kind;
    this.reason = reason;
  }
}

const refused = (reason: string, message: string): Hindrance => new Hindrance('fail', { reason, message });
const missing = (reason: string, message: string): Hindrance => new Hindrance('wait', { reason, message });

async function openSecrets(container: Resource<'Container'>, secrets: LaunchSource['secrets']): Promise<ReadonlyMap<string, string>> {
  const { spec, namespace } = container;
  const values = new Map<string, string>();
  for (const name of secretNames(spec)) {
    try {
      values.set(name, await secrets.open(namespace, name));
    } catch (error) {
      if (isNebError(error, 'not_found')) throw missing('SecretMissing', `waits for the secret "${name}", which namespace ${namespace} does not have`);
      if (isNebError(error, 'expired')) throw missing('SecretExpired', `waits for a new value of the secret "${name}", which ${expiryIn(error)}`);
      throw error;
    }
  }
  return values;
}

function expiryIn({ details }: NebError): string {
  return typeof details?.expiresAt === 'string' ? `expired at ${details.expiresAt}` : 'has expired';
}

/** The value, or the field of it that is asked for; of a field that is no text, its JSON. */
function partOf(values: ReadonlyMap<string, string>, { secret_name: name, secret_key: key }: { readonly secret_name: string; readonly secret_key?: string | undefined }): string {
  const value = values.get(name) ?? '';
  if (key === undefined) return value;
  const fields = secretFields(value);
  if (!fields) throw missing('SecretUnfit', `waits for a value of the secret "${name}" that is a JSON object, since it takes the field "${key}"`);
  if (!Object.hasOwn(fields, key)) throw missing('SecretMissing', `waits for the field "${key}" of the secret "${name}"`);
  const field = fields[key];
  return typeof field === 'string' ? field : JSON.stringify(field);
}

/** Arguments of a command given as text become its `"$@"`. */
function commandOf({ command, args }: ContainerSpec): Pick<LaunchSpec, 'entrypoint' | 'args'> {
  const words = typeof args === 'string' ? argWords(args) : args;
  if (typeof command !== 'string') return { entrypoint: command, args: words };
  if (!words) return { entrypoint: ['/bin/sh', '-c', command] };
  return { entrypoint: ['/bin/sh', '-c', `${command.trimEnd()} "$@"`, 'sh'], args: words };
}

function argWords(args: string): string[] {
  try {
    return splitWords(args);
  } catch (error) {
    throw refused('Invalid', `args cannot be split into words: ${messageOf(error)}`);
  }
}

function identity({ namespace, name, id }: Resource<'Container'>, now: number): Record<string, string> {
  const facts = { NAMESPACE: namespace, NAME: name, CONTAINER_ID: id, DATE: timestamp(now).slice(0, 10) };
  return Object.fromEntries(Object.entries(facts).flatMap(([key, value]) => [[`NEB_${key}`, value], [`NEBU_${key}`, value]]));
}

function portOf(port: NonNullable<ContainerSpec['ports']>[number]): PortSpec {
  return { port: port.port, protocol: port.protocol === 'udp' ? 'udp' : 'tcp', public: port.public ?? port.host_port !== undefined, hostPort: port.host_port };
}

function volumeOf({ name, source, dest = '' }: VolumePath): VolumeSpec {
  if (!dest.startsWith('/')) throw refused('Unsupported', `the volume at "${dest}" needs an absolute path: syncing to other places is not supported yet`);
  if (name !== undefined) return { kind: 'named', name, mount: dest };
  if (source?.startsWith('/')) return { kind: 'host', path: source, mount: dest };
  throw refused('Unsupported', `syncing volumes is not supported yet, as ${source ?? 'nothing'} at ${dest} asks for; use a named volume or a path of the host`);
}

function bytesOf(gib: number | undefined): number | undefined {
  return gib === undefined ? undefined : Math.round(gib * 2 ** 30);
}
