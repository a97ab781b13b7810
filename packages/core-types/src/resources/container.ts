import { z } from 'zod';
import { accelerator } from '../accelerators.ts';
import { neededCapabilities } from '../capability.ts';
import { duration } from '../duration.ts';
import { price } from '../money.ts';
import { authz } from './authz.ts';
import { choice } from './choice.ts';
import { env, healthCheck, meter, port, portNumber, resources, retry, secretFile, sshKey, volumePath } from './container-parts.ts';
import { idle, moves, onInterruption } from './container-policies.ts';
import { containerStatus } from './container-status.ts';
import { metadata, metadataField, name } from './metadata.ts';

const commandLine = z.union([z.string(), z.array(z.string())]);
/** An empty command in a manifest means the image's own. */
const blankIsAbsent = (value: unknown): unknown =>
  value === null || (typeof value === 'string' && value.trim() === '') || (Array.isArray(value) && value.length === 0) ? undefined : value;

const restartPolicies = ['Always', 'OnFailure', 'Never'] as const;

/** What a container's author writes, without `kind` and `metadata`. */
export const containerFields = {
  image: z.string().min(1).optional().describe('Image to run; the server\'s default image if absent.'),
  platform: z.string().optional().describe('Where to run it, such as docker or runpod; anywhere that fits if absent.'),
  region: z.string().optional().describe('Region of the platform; any if absent.'),
  command: z.preprocess(blankIsAbsent, commandLine.optional()).describe('Replaces the entrypoint: text for `sh -c`, or a list of words run as they are.'),
  args: z.preprocess(blankIsAbsent, commandLine.optional()).describe('Arguments after the command or the image\'s entrypoint.'),
  env: env.optional().describe('Environment: a list of key with value or secret_name, or a plain map.'),
  secret_files: z.array(secretFile).optional().describe('Secrets as files, in memory only.'),
  volumes: z.array(volumePath).optional().describe('Data: named volumes (name, mount) or synced paths (source, dest).'),
  accelerators: z.array(accelerator).optional().describe('Alternatives in order of preference, such as "2:A100_SXM" or "L4".'),
  resources: resources.optional().describe('CPU and memory: what it needs (min) and may use (max).'),
  meters: z.array(meter).optional().describe('What is billed for it.'),
  restart: choice(restartPolicies).default('Never').describe('After an exit: Always, OnFailure or Never.'),
  retry: retry.optional().describe('How long, and for how much money, it is tried again before it fails.'),
  queue: name.optional().describe('Containers of one queue run one at a time, first in, first out.'),
  timeout: duration.optional().describe('Longest time it may run before it is stopped and failed.'),
  health_check: healthCheck.optional().describe('How to tell that it is ready to serve.'),
  ssh_keys: z.array(sshKey).optional().describe('Keys that may log in.'),
  ports: z.array(port).optional().describe('Ports it listens on: 8080, "80:8080", or the long form.'),
  proxy_port: portNumber.optional().describe('Port that HTTP requests to the container go to.'),
  authz: authz.optional().describe('Who may reach it through the proxy.'),
  pull_secret: z.string().optional().describe('Secret with the registry\'s credentials: user:password, or a Docker config.json.'),
  spot: z.boolean().optional().describe('True: only interruptible instances; otherwise never.'),
  needs: z.array(choice(neededCapabilities)).optional().describe('What the place must be able to do, in the words of `neb get platforms`, such as suspend.'),
  snapshot: name.optional().describe('Snapshot of the namespace whose processes its first run goes on with, instead of starting the image.'),
  max_price: price.optional().describe('Most it may cost an hour, in US dollars.'),
  idle: idle.optional().describe('What becomes of it when it does nothing: steps of after and do (warn, suspend or delete).'),
  migrate: moves.optional().describe('When it is moved to a cheaper place, with what it holds in memory.'),
  on_interruption: onInterruption.optional().describe('What is done before its platform takes its instance away, where that gives notice. migrate: it goes on elsewhere. suspend: put aside until `neb resume`. If absent, or where there is no way or no time, it is started anew as restart says.'),
  priority: z.int().min(-1_000_000).max(1_000_000).optional().describe('Which goes first where a budget stops containers: the lowest. 0 if absent.'),
} as const;

/** What a container is to be: its manifest without `kind` and `metadata`. */
export const containerSpec = z.strictObject(containerFields);
export type ContainerSpec = z.infer<typeof containerSpec>;

/** A container as a manifest writes it. */
export const containerManifest = z
  .strictObject({ kind: z.literal('Container').default('Container'), metadata: metadataField, ...containerFields })
  .describe('One run of an image, repeated as its restart policy says.');
export type ContainerManifest = z.infer<typeof containerManifest>;

/** A container as the API returns it. */
export const container = z.object({ kind: z.literal('Container'), metadata, ...containerFields, status: containerStatus });
export type Container = z.infer<typeof container>;
