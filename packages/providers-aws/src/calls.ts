import {
  AttachVolumeCommand, type AttachVolumeCommandInput, AuthorizeSecurityGroupIngressCommand, type AuthorizeSecurityGroupIngressCommandInput, CreateSecurityGroupCommand, type CreateSecurityGroupCommandInput,
  CreateTagsCommand, type CreateTagsCommandInput, CreateVolumeCommand, type CreateVolumeCommandInput, DescribeVolumesCommand, type DescribeVolumesCommandInput, type Volume,
  DescribeInstancesCommand, type DescribeInstancesCommandInput, DescribeInstanceTypeOfferingsCommand, type DescribeInstanceTypeOfferingsCommandInput,
  DescribeSecurityGroupsCommand, type DescribeSecurityGroupsCommandInput, DescribeSpotInstanceRequestsCommand, type DescribeSpotInstanceRequestsCommandInput,
  DescribeSpotPriceHistoryCommand, type DescribeSpotPriceHistoryCommandInput, DescribeSubnetsCommand, type DescribeSubnetsCommandInput, EC2Client, type Filter, GetConsoleOutputCommand, ImportKeyPairCommand, type ImportKeyPairCommandInput,
  type Instance, type InstanceTypeOffering, RunInstancesCommand, type RunInstancesCommandInput, type SecurityGroup, type SpotInstanceRequest, type SpotPrice, StartInstancesCommand, StopInstancesCommand, type Subnet, TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Masker, PlatformClock } from '@neb/core-types';
import { failureOf } from './errors.ts';
import { onlyAnswers } from './only-answers.ts';
import type { AwsCredentials, RequestHandler } from './options.ts';

type Signal = AbortSignal | undefined;

/** The calls of one region that a cloud of machines needs. Every call ends, with its answer, a NebError or the signal's reason. Lists are whole. */
export interface Calls {
  readonly region: string;
  /** Buys. Rejects with `uncertain` where it may have. */
  runInstances(input: RunInstancesCommandInput): Promise<readonly Instance[]>;
  describeInstances(input: DescribeInstancesCommandInput, signal: Signal): Promise<readonly Instance[]>;
  terminateInstance(id: string, signal: Signal): Promise<void>;
  stopInstance(id: string, signal: Signal): Promise<void>;
  startInstance(id: string, signal: Signal): Promise<void>;
  createTags(input: CreateTagsCommandInput, signal: Signal): Promise<void>;
  consoleOutput(id: string, signal: Signal): Promise<string | undefined>;
  typeOfferings(input: DescribeInstanceTypeOfferingsCommandInput, signal: Signal): Promise<readonly InstanceTypeOffering[]>;
  spotRequests(input: DescribeSpotInstanceRequestsCommandInput, signal: Signal): Promise<readonly SpotInstanceRequest[]>;
  spotPrices(input: DescribeSpotPriceHistoryCommandInput, signal: Signal): Promise<readonly SpotPrice[]>;
  subnets(input: DescribeSubnetsCommandInput, signal: Signal): Promise<readonly Subnet[]>;
  securityGroups(input: DescribeSecurityGroupsCommandInput, signal: Signal): Promise<readonly SecurityGroup[]>;
  createSecurityGroup(input: CreateSecurityGroupCommandInput, signal: Signal): Promise<string>;
  authorizeIngress(input: AuthorizeSecurityGroupIngressCommandInput, signal: Signal): Promise<void>;
  importKeyPair(input: ImportKeyPairCommandInput, signal: Signal): Promise<void>;
  volumes(input: DescribeVolumesCommandInput, signal: Signal): Promise<readonly Volume[]>;
  /** Buys. Rejects with `uncertain` where it may have. */
  createVolume(input: CreateVolumeCommandInput): Promise<Volume>;
  attachVolume(input: AttachVolumeCommandInput, signal: Signal): Promise<void>;
  /** The value of an SSM parameter. */
  parameter(name: string, signal: Signal): Promise<string>;
  close(): void;
}

/** How a region is called. */
export interface CallsOptions {
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly credentials?: AwsCredentials | undefined;
  readonly answerMs: number;
  /** Hears of each answer of EC2's. */
  readonly ec2Clock: PlatformClock;
  readonly requestHandler?: RequestHandler | undefined;
  readonly redact: Masker;
}

export function callsOf({ region, endpoint, credentials, answerMs, ec2Clock, requestHandler, redact }: CallsOptions): Calls {
  const config = {
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials && { credentials: { accessKeyId: credentials.accessKeyId, secretAccessKey: credentials.secretAccessKey, ...(credentials.sessionToken !== undefined && { sessionToken: credentials.sessionToken }) } }),
    // Whoever calls retries, and knows better when: the SDK takes even a lack of capacity for a fault of the server.
    maxAttempts: 1,
    requestHandler: requestHandler ?? { connectionTimeout: answerMs, requestTimeout: answerMs, throwOnRequestTimeout: true },
  };
  const ec2 = new EC2Client(config);
  onlyAnswers(ec2, ec2Clock);
  const ssm = new SSMClient(config);

  async function ask<T>(action: string, send: () => Promise<T>, { signal, buys = false }: { readonly signal: Signal; readonly buys?: boolean }): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await send();
    } catch (error) {
      signal?.throwIfAborted();
      throw failureOf(error, { action, buys }, redact);
    }
  }

  async function pages<T>(one: (NextToken: string | undefined) => Promise<{ readonly items: readonly T[] | undefined; readonly next: string | undefined }>): Promise<readonly T[]> {
    const all: T[] = [];
    for (let token: string | undefined; ; ) {
      const { items, next } = await one(token);
      all.push(...(items ?? []));
      // An empty token also ends a list.
      if (next === undefined || next === '') return all;
      token = next;
    }
  }

  const until = (signal: Signal) => ({ ...(signal && { abortSignal: signal }) });

  return {
    region,
    runInstances: async (input) => (await ask('RunInstances', () => ec2.send(new RunInstancesCommand(input)), { signal: undefined, buys: true })).Instances ?? [],
    describeInstances: (input, signal) => pages(async (NextToken) => {
      const { Reservations, NextToken: next } = await ask('DescribeInstances', () => ec2.send(new DescribeInstancesCommand({ ...input, NextToken }), until(signal)), { signal });
      return { items: Reservations?.flatMap(({ Instances }) => Instances ?? []), next };
    }),
    async terminateInstance(id, signal) {
      await ask('TerminateInstances', () => ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }), until(signal)), { signal });
    },
    async stopInstance(id, signal) {
      await ask('StopInstances', () => ec2.send(new StopInstancesCommand({ InstanceIds: [id] }), until(signal)), { signal });
    },
    async startInstance(id, signal) {
      await ask('StartInstances', () => ec2.send(new StartInstancesCommand({ InstanceIds: [id] }), until(signal)), { signal });
    },
    async createTags(input, signal) {
      await ask('CreateTags', () => ec2.send(new CreateTagsCommand(input), until(signal)), { signal });
    },
    async consoleOutput(id, signal) {
      const { Output } = await ask('GetConsoleOutput', () => ec2.send(new GetConsoleOutputCommand({ InstanceId: id }), until(signal)), { signal });
      return Output === undefined || Output === '' ? undefined : Buffer.from(Output, 'base64').toString();
    },
    typeOfferings: (input, signal) => pages(async (NextToken) => {
      const { InstanceTypeOfferings, NextToken: next } = await ask('DescribeInstanceTypeOfferings', () => ec2.send(new DescribeInstanceTypeOfferingsCommand({ ...input, NextToken }), until(signal)), { signal });
      return { items: InstanceTypeOfferings, next };
    }),
    spotRequests: (input, signal) => pages(async (NextToken) => {
      const { SpotInstanceRequests, NextToken: next } = await ask('DescribeSpotInstanceRequests', () => ec2.send(new DescribeSpotInstanceRequestsCommand({ ...input, NextToken }), until(signal)), { signal });
      return { items: SpotInstanceRequests, next };
    }),
    spotPrices: (input, signal) => pages(async (NextToken) => {
      const { SpotPriceHistory, NextToken: next } = await ask('DescribeSpotPriceHistory', () => ec2.send(new DescribeSpotPriceHistoryCommand({ ...input, NextToken }), until(signal)), { signal });
      return { items: SpotPriceHistory, next };
    }),
    subnets: async (input, signal) => (await ask('DescribeSubnets', () => ec2.send(new DescribeSubnetsCommand(input), until(signal)), { signal })).Subnets ?? [],
    securityGroups: async (input, signal) => (await ask('DescribeSecurityGroups', () => ec2.send(new DescribeSecurityGroupsCommand(input), until(signal)), { signal })).SecurityGroups ?? [],
    createSecurityGroup: async (input, signal) => (await ask('CreateSecurityGroup', () => ec2.send(new CreateSecurityGroupCommand(input), until(signal)), { signal })).GroupId ?? '',
    async authorizeIngress(input, signal) {
      await ask('AuthorizeSecurityGroupIngress', () => ec2.send(new AuthorizeSecurityGroupIngressCommand(input), until(signal)), { signal });
    },
    async importKeyPair(input, signal) {
      await ask('ImportKeyPair', () => ec2.send(new ImportKeyPairCommand(input), until(signal)), { signal });
    },
    volumes: (input, signal) => pages(async (NextToken) => {
      const { Volumes, NextToken: next } = await ask('DescribeVolumes', () => ec2.send(new DescribeVolumesCommand({ ...input, NextToken }), until(signal)), { signal });
      return { items: Volumes, next };
    }),
    createVolume: (input) => ask('CreateVolume', () => ec2.send(new CreateVolumeCommand(input)), { signal: undefined, buys: true }),
    async attachVolume(input, signal) {
      await ask('AttachVolume', () => ec2.send(new AttachVolumeCommand(input), until(signal)), { signal });
    },
    parameter: async (name, signal) => (await ask('ssm:GetParameter', () => ssm.send(new GetParameterCommand({ Name: name }), until(signal)), { signal })).Parameter?.Value ?? '',
    close() {
      ec2.destroy();
      ssm.destroy();
    },
  };
}

/** A filter of one name, for values of which one must match. */
export function filter(Name: string, ...Values: readonly string[]): Filter {
  return { Name, Values: [...Values] };
}
