import { z } from 'zod';
import { duration } from '../duration.ts';
import { withAliases } from './alias.ts';
import { authz } from './authz.ts';
import { choice } from './choice.ts';
import { condition } from './condition.ts';
import { containerFields } from './container.ts';
import { healthCheck, portNumber } from './container-parts.ts';
import { metadata, metadataField } from './metadata.ts';
import { countAliases, held, inOrder, outOfOrder, replicas, workload } from './scaled.ts';

const rateLimit = z.strictObject({
  requests: z.int().min(1).describe('How many may come in each `per`.'),
  per: duration.optional().describe('1s if absent.'),
  burst: z.int().min(1).optional().describe('How many may come at once; as many as `requests` if absent.'),
  by: choice(['caller', 'service']).optional().describe('Counted for each caller, or for all of them together; caller if absent.'),
});

const update = z.strictObject({
  max_surge: z.int().min(0).max(1_000).optional().describe('How many replicas there may be beyond those desired meanwhile; 1 if absent.'),
  max_unavailable: z.int().min(0).max(1_000).optional().describe('How many of those desired may be missing meanwhile; 0 if absent.'),
  progress_deadline: duration.optional().describe('How long the next new replica may take to be ready before the update counts as failed; 10m if absent.'),
  rollback: z.boolean().optional().describe('Whether a failed update goes back to the last revision that was ready; true if absent.'),
}).refine((v) => v.max_surge !== 0 || (v.max_unavailable ?? 0) > 0, { error: 'must not be 0 where max_unavailable is 0: nothing could be replaced', path: ['max_surge'] });

const latency = duration.describe('Time to the first byte of an answer, of 95 in 100 requests.');

const serviceFields = {
  container: workload.describe('What each replica runs.'),
  platform: z.string().optional().describe('Where to run the replicas, unless the container says.'),
  port: portNumber.optional().describe('Port of the container that requests go to; its proxy_port, else its first port, else what its command says after --port, else 8080.'),
  min_replicas: replicas.describe('Fewest replicas; 0 lets it scale to nothing. 1 if absent.'),
  max_replicas: replicas.describe('Most replicas; 10 if absent, or the fewest where those are more.'),
  scale: z
    .strictObject({
      up: z.strictObject({ above_latency: latency, duration: held }).optional().describe('When to add replicas.'),
      down: z.strictObject({ below_latency: latency, duration: held }).optional().describe('When to take replicas away.'),
      zero: z.strictObject({ below_latency: latency.optional(), duration: held }).optional().describe('When to keep none: no request came for so long.'),
    })
    .optional()
    .describe('When the number of replicas changes.'),
  max_in_flight: z.int().min(1).optional().describe('Most requests that a replica works on at once; what is more waits. Without bound if absent.'),
  hold: duration.optional().describe('How long a request may wait for a replica; 5m if absent.'),
  drain: duration.optional().describe('How long a replica that is to go may finish what it has; 30s if absent.'),
  request_timeout: duration.optional().describe('How long an answer may take to begin; without bound if absent.'),
  health: healthCheck.optional().describe('How to tell that a replica is ready; the container\'s health_check if absent, else an open port.'),
  update: update.optional().describe('How a change reaches the replicas.'),
  rate_limit: rateLimit.optional().describe('How often requests may come; without bound if absent.'),
  authz: authz.optional().describe('Who may reach it; those who may reach its namespace if absent.'),
  meters: containerFields.meters,
} as const;

/** Containers behind one stable address, scaled by latency. */
export const serviceManifest = withAliases(
  z.strictObject({ kind: z.literal('Service').default('Service'), metadata: metadataField, ...serviceFields }).refine(inOrder, outOfOrder),
  countAliases,
).describe('Containers behind one stable address: as many as are needed to answer in time.');
export type ServiceManifest = z.infer<typeof serviceManifest>;

/** What a service is to be: its manifest without `kind` and `metadata`. */
export type ServiceSpec = Omit<ServiceManifest, 'kind' | 'metadata'>;

/** `idle` has no replica and starts one with the first request; `updating` replaces replicas by those of a new revision; `stalled` cannot go on, and its message says why. */
export const serviceWords = ['creating', 'idle', 'scaling', 'updating', 'running', 'stalled', 'deleting', 'deleted'] as const;

/** One thing that a service's replicas were to run. */
const revision = z.object({
  revision: z.int().describe('Counts up from 1.'),
  template: z.string().describe('Equal for revisions whose replicas need not replace one another.'),
  at: z.string(),
  cause: z.string().optional().describe('Where it came from, such as `rollout undo to revision 3`.'),
  outcome: z.enum(['rolling', 'good', 'failed']).describe('`good` once all replicas were of it and ready.'),
  message: z.string().optional().describe('Why it failed.'),
  spec: z.record(z.string(), z.unknown()).describe('The service\'s specification then.'),
});

/** A key that opens the door of one service; what its holder has is written down as a hash alone. */
const serviceKey = z.object({
  id: z.string(), name: z.string(), sha256: z.string(), created_at: z.string(), created_by: z.string(), expires_at: z.string().optional().describe('Never if absent.'),
});
export type ServiceKey = z.infer<typeof serviceKey>;

/** What the server says of a service. */
export const serviceStatus = z.object({
  status: z.enum(serviceWords),
  message: z.string().optional().describe('Why, in a sentence.'),
  address: z.string().optional().describe('Where it is reached, host and port; stays the same as long as it lives.'),
  url: z.string().optional().describe('The same by name, through the gateway.'),
  hosts: z.array(z.string()).optional().describe('Host names that the gateway knows it by.'),
  replicas: z.object({
    desired: z.int(), ready: z.int(), starting: z.int(), draining: z.int().describe('Replicas that get no more requests and finish those they have.'),
  }),
  traffic: z.object({
    at: z.string(), rps: z.number().describe('Requests a second.'), in_flight: z.number(), waiting: z.number(), p50_ms: z.number().optional(), p95_ms: z.number().optional(),
  }).optional().describe('What the gateway saw last.'),
  decision: z.object({ at: z.string(), desired: z.int(), reason: z.string() }).optional().describe('When the number of replicas last changed, and why.'),
  pinned: z.int().optional().describe('The number of replicas somebody asked for by hand, until the manifest is applied again.'),
  scaling: z.record(z.string(), z.unknown()).optional().describe('What the autoscaler remembers.'),
  draining: z.array(z.object({ id: z.string(), since: z.string() })).optional().describe('Containers that finish what they have, and then go.'),
  revision: z.int().describe('The revision that replicas are to be of.'),
  restarted_at: z.string().optional().describe('When all replicas were last asked to be replaced.'),
  history: z.array(revision).describe('The latest revisions, the newest last.'),
  progress_at: z.string().optional().describe('When the update under way last came on.'),
  progress_ready: z.int().optional().describe('Most replicas of its revision that were ready at once.'),
  looked_at: z.string().optional().describe('When it was last looked at, give or take half a minute: what nobody saw does not count towards its deadline.'),
  start_ms: z.number().optional().describe('How long a replica takes until it answers, in milliseconds, as learnt.'),
  failures: z.int().optional().describe('Replicas in a row that ended by themselves: what the wait before the next one grows with.'),
  retry_at: z.string().optional().describe('When the next replica is started after such an end.'),
  keys: z.array(serviceKey).optional().describe('Keys that open its door.'),
  conditions: z.array(condition),
});
export type ServiceStatus = z.infer<typeof serviceStatus>;
export type ServiceRevision = ServiceStatus['history'][number];

/** A service as the API returns it. */
export const service = z.object({ kind: z.literal('Service'), metadata, ...serviceFields, status: serviceStatus });
export type Service = z.infer<typeof service>;

/** The port of the containers that requests go to: where none is named, the one after `--port` in its command, else 8080. */
export function servicePort({ port, container: { proxy_port: proxyPort, ports, command, args } }: Pick<ServiceSpec, 'port' | 'container'>): number {
  return port ?? proxyPort ?? ports?.[0]?.port ?? portOption(command) ?? portOption(args) ?? 8080;
}

function portOption(command: string | readonly string[] | undefined): number | undefined {
  const words = typeof command === 'string' ? command : command?.join(' ');
  const found = Number(/(?:^|\s)--port[=\s]\s*["']?(\d{1,5})(?=["'\s]|$)/.exec(words ?? '')?.[1]);
  return found >= 1 && found <= 65_535 ? found : undefined;
}
