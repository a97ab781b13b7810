import type { Command } from 'commander';
import { NebError } from '@neb/core-types';

/** Flags that describe a container instead of a file; the original's names. */
export interface ContainerFlags {
  readonly image?: string;
  readonly platform?: string;
  readonly region?: string;
  readonly cmd?: string;
  readonly env?: readonly string[];
  readonly accelerators?: readonly string[];
  readonly restart?: string;
  readonly queue?: string;
  readonly timeout?: string;
  readonly minCpu?: string;
  readonly maxCpu?: string;
  readonly minMemory?: string;
  readonly maxMemory?: string;
  readonly port?: readonly string[];
  readonly proxyPort?: string;
  readonly volume?: readonly string[];
  readonly volumeSource?: string;
  readonly volumeDestination?: string;
  readonly volumeType?: string;
  readonly volumeContinuous?: boolean;
  readonly volumeResync?: boolean;
  readonly meterCost?: string;
  readonly meterCostPlus?: string;
  readonly meterMetric?: string;
  readonly meterCurrency?: string;
  readonly meterUnit?: string;
  readonly snapshot?: string;
  readonly pullSecret?: string;
  readonly maxPrice?: string;
  readonly retryMaxCost?: string;
  readonly retryMaxTime?: string;
  readonly spot?: boolean;
  readonly onDemand?: boolean;
}

/** Collects a flag that may be given more than once. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

export function addContainerFlags(command: Command): Command {
  return command
    .optionsGroup('A container without a file:')
    .option('--image <image>', 'image to run')
    .option('--cmd <line>', 'command, for sh -c; or write words after --')
    .option('--platform <name>', 'where to run it, such as docker')
    .option('--region <name>', 'region of the platform')
    .option('--env <key=value>', 'environment variable; more than once', collect)
    .option('--accelerators <count:name>', 'such as 2:A100_SXM, in order of preference; more than once', collect)
    .option('--restart <policy>', 'Always, OnFailure or Never (Never if absent)')
    .option('--queue <name>', 'run one at a time within this queue')
    .option('--timeout <duration>', 'longest time it may run, such as 2h')
    .option('--min-cpu <cores>', 'cores it needs')
    .option('--max-cpu <cores>', 'cores it may use')
    .option('--min-memory <amount>', 'memory it needs, such as 16Gi')
    .option('--max-memory <amount>', 'memory it may use')
    .option('--port <port>', 'port it listens on: 8080, 80:8080 (host:container); more than once', collect)
    .option('--proxy-port <port>', 'port that HTTP requests go to')
    .option('--volume <name:/mount>', 'named volume and where to mount it; more than once', collect)
    .option('--snapshot <name>', 'snapshot whose processes it goes on with')
    .option('--pull-secret <name>', 'secret with the registry\'s credentials')
    .option('--max-price <dollars>', 'most it may cost an hour')
    .option('--retry-max-cost <dollars>', 'most that tries which come to nothing may cost together')
    .option('--retry-max-time <duration>', 'longest it may be tried without a run, such as 6h')
    .option('--spot', 'interruptible instances only')
    .option('--on-demand', 'no interruptible instances')
    .option('--volume-source <url>', 'data to sync, such as s3://bucket/data')
    .option('--volume-destination <path>', 'where the data goes')
    .option('--volume-type <driver>', 'how: RCLONE_SYNC, RCLONE_COPY, RCLONE_BISYNC or RCLONE_MOUNT')
    .option('--volume-continuous', 'keep syncing')
    .option('--volume-resync', 'forget an earlier sync')
    .option('--meter-cost <amount>', 'price of one unit')
    .option('--meter-cost-plus <percent>', 'percent on top of the platform\'s price')
    .option('--meter-metric <name>', 'such as runtime')
    .option('--meter-currency <code>', 'such as USD')
    .option('--meter-unit <unit>', 'such as second');
}

/** The manifest that flags describe. Throws `invalid` for a flag that is not KEY=VALUE. */
export function containerBody(flags: ContainerFlags, words: readonly string[]): Readonly<Record<string, unknown>> {
  if (flags.cmd !== undefined && words.length > 0) throw new NebError('invalid', 'the command is given twice: with --cmd and after --', { hint: 'Leave one of them out.' });
  if (flags.spot && flags.onDemand) throw new NebError('invalid', '--spot and --on-demand contradict each other');
  return known({
    image: flags.image,
    platform: flags.platform,
    region: flags.region,
    command: words.length > 0 ? words : flags.cmd,
    env: flags.env?.map((text) => keyValue('--env', text)),
    accelerators: flags.accelerators?.flatMap((text) => text.split(',')),
    restart: flags.restart,
    queue: flags.queue,
    timeout: flags.timeout,
    resources: some(known({ min_cpu: flags.minCpu, max_cpu: flags.maxCpu, min_memory: flags.minMemory, max_memory: flags.maxMemory })),
    ports: flags.port,
    proxy_port: flags.proxyPort === undefined ? undefined : Number(flags.proxyPort),
    volumes: volumes(flags),
    meters: meters(flags),
    snapshot: flags.snapshot,
    pull_secret: flags.pullSecret,
    max_price: flags.maxPrice,
    retry: some(known({ max_cost: flags.retryMaxCost, max_time: flags.retryMaxTime })),
    spot: flags.spot ? true : flags.onDemand ? false : undefined,
  });
}

/** Reads `K=V` flags of labels as a map. */
export function labelsOf(flags: readonly string[] | undefined): Readonly<Record<string, string>> | undefined {
  return flags && Object.fromEntries(flags.map((text) => keyValue('--label', text)).map(({ key, value }) => [key, value]));
}

function keyValue(flag: string, text: string): { readonly key: string; readonly value: string } {
  const at = text.indexOf('=');
  if (at < 1) throw new NebError('invalid', `${flag} "${text}" is not KEY=VALUE`);
  return { key: text.slice(0, at), value: text.slice(at + 1) };
}

function volumes(flags: ContainerFlags): readonly unknown[] | undefined {
  const named = (flags.volume ?? []).map((text) => {
    const [, name, mount] = /^([^:]+):(\/.*)$/.exec(text) ?? [];
    if (name === undefined) throw new NebError('invalid', `--volume "${text}" is not NAME:/MOUNT`);
    return { name, mount };
  });
  const synced = known({
    source: flags.volumeSource, dest: flags.volumeDestination, driver: flags.volumeType,
    continuous: flags.volumeContinuous, resync: flags.volumeResync,
  });
  const all = [...named, ...(some(synced) ? [synced] : [])];
  return all.length > 0 ? all : undefined;
}

function meters(flags: ContainerFlags): readonly unknown[] | undefined {
  const one = known({
    cost: flags.meterCost, costp: flags.meterCostPlus === undefined ? undefined : Number(flags.meterCostPlus),
    metric: flags.meterMetric, currency: flags.meterCurrency, unit: flags.meterUnit,
  });
  return some(one) && [one];
}

function known(fields: Record<string, unknown>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function some<T extends object>(fields: T): T | undefined {
  return Object.keys(fields).length > 0 ? fields : undefined;
}
