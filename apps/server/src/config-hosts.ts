import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { type AcceleratorCount, describePath, NebError, parseAccelerator, problemsOf } from '@neb/core-types';
import type * as Yaml from 'yaml';
import { z } from 'zod';
import { type SecretText, secretText } from './secrets/secret-text.ts';

/** A machine of one's own whose Docker Engine is used over SSH. */
export interface HostConfig {
  readonly name: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly username: string | undefined;
  readonly privateKey: SecretText | undefined;
  readonly agent: string | undefined;
  readonly hostKeys: readonly string[];
  readonly knownHosts: string | undefined;
  readonly socketPath: string | undefined;
  readonly accelerators: readonly AcceleratorCount[];
  readonly publishAddress: string | undefined;
  readonly allowHostPaths: boolean;
}

/** Where keys are looked for where a host does not say. */
export interface SshDefaults {
  readonly home: string;
  readonly agent: string | undefined;
}

/** An accelerator of a machine, such as `2:A100_SXM`. */
export const machineAccelerator = z.string().transform((text, context): AcceleratorCount => {
  const parsed = parseAccelerator(text);
  if (parsed) return parsed;
  context.issues.push({ code: 'custom', message: `"${text}" is not a known accelerator`, input: text });
  return z.NEVER;
});

const host = z.strictObject({
  host: z.string().min(1).describe('Name or address of the machine.'),
  name: z.string().optional().describe('What it is called in offers, as their region; the host if absent.'),
  port: z.int().min(1).max(65_535).optional().describe('22 if absent.'),
  user: z.string().optional().describe('root if absent.'),
  key_file: z.string().optional().describe('Private key; the agent or the keys of ~/.ssh if absent.'),
  host_keys: z.array(z.string()).optional().describe('Keys it may show, as ssh-ed25519 AAAA… or SHA256:…'),
  known_hosts_file: z.string().optional().describe('~/.ssh/known_hosts if absent.'),
  socket: z.string().optional().describe('/var/run/docker.sock if absent.'),
  accelerators: z.array(machineAccelerator).optional().describe('What it has, such as "2:A100_SXM".'),
  publish_address: z.string().optional().describe('Its address at which public ports appear; 127.0.0.1 if absent.'),
  allow_host_paths: z.boolean().optional().describe('Whether administrators\' containers may mount its paths; false if absent.'),
});

/** What a configuration file may say. */
export const fileSchema = z.strictObject({ ssh_hosts: z.array(host).default([]).describe('Machines of platform ssh, in order of preference.') });

/** Hosts as `user@host:port`. Throws `invalid` naming the one that is not. */
export function hostsOf(texts: readonly string[], defaults: SshDefaults): readonly HostConfig[] {
  return texts.map((text) => {
    const match = /^(?:([^@\s]+)@)?(\[[^\]]+\]|[^:\s]+)(?::(\d{1,5}))?$/.exec(text);
    if (!match) throw new NebError('invalid', `NEB_SSH_HOSTS: "${text}" is not user@host:port`);
    const [, user, address = '', port] = match;
    return hostConfig({ host: address.replace(/^\[(.*)\]$/, '$1'), user, ...(port !== undefined && { port: Number(port) }) }, defaults);
  });
}

export interface HostsFile extends SshDefaults {
  readonly path: string;
  /** Whether it is an error if the file is not there. */
  readonly required: boolean;
}

/** The hosts of a configuration file. Throws `invalid` with the file, the field and the fault. */
export function hostsFile({ path, required, ...defaults }: HostsFile): readonly HostConfig[] {
  if (!existsSync(path)) {
    if (required) throw new NebError('invalid', `NEB_CONFIG names ${path}, which is not there`);
    return [];
  }
  const parsed = fileSchema.safeParse(documentOf(path) ?? {});
  if (parsed.success) return parsed.data.ssh_hosts.map((one) => hostConfig(one, defaults));
  const [problem] = problemsOf(parsed.error, fileSchema);
  throw new NebError('invalid', `${path}: ${describePath(problem!.path)}${problem!.message}`);
}

function documentOf(path: string): unknown {
  try {
    // Most servers have no such file, and need no YAML parser.
    const { parse } = createRequire(import.meta.url)('yaml') as typeof Yaml;
    return parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new NebError('invalid', `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function hostConfig(one: z.output<typeof host>, { home, agent }: SshDefaults): HostConfig {
  const ssh = (file: string): string => join(home, '.ssh', file);
  const path = (text: string): string => resolve(text.replace(/^~(?=\/|$)/, home));
  const read = (file: string, field: string): string => {
    try {
      return readFileSync(path(file), 'utf8');
    } catch (cause) {
      throw new NebError('invalid', `${field} of host ${one.host}: ${path(file)} cannot be read`, { cause });
    }
  };
  const ownKey = agent === undefined ? [ssh('id_ed25519'), ssh('id_ecdsa'), ssh('id_rsa')].find(existsSync) : undefined;
  const keyFile = one.key_file ?? ownKey;
  const knownHosts = one.known_hosts_file ?? (existsSync(ssh('known_hosts')) ? ssh('known_hosts') : undefined);
  return {
    name: one.name ?? one.host,
    host: one.host,
    port: one.port,
    username: one.user,
    privateKey: keyFile === undefined ? undefined : secretText(read(keyFile, 'key_file')),
    agent,
    hostKeys: one.host_keys ?? [],
    knownHosts: knownHosts === undefined ? undefined : read(knownHosts, 'known_hosts_file'),
    socketPath: one.socket,
    accelerators: one.accelerators ?? [],
    publishAddress: one.publish_address,
    allowHostPaths: one.allow_host_paths ?? false,
  };
}
