import type { EC2ClientConfig } from '@aws-sdk/client-ec2';
import type { Clock } from '@neb/core-types';
import type { MachineProviderOptions } from '@neb/machines';
import type { InstanceType } from './catalogue/instance-types.ts';

/** How EC2 is used as a cloud of machines. */
export interface Ec2Options {
  /** Where machines are bought, such as `['us-east-1']`. */
  readonly regions: readonly string[];
  /** Who pays: `AWS_ACCESS_KEY_ID` and its like by custom. Without it, what the AWS SDK finds: environment, profile or role. */
  readonly credentials?: AwsCredentials | undefined;
  /** The platform's name; `aws` by default. */
  readonly name?: string | undefined;
  /** Where the APIs are; AWS's own by default. */
  readonly endpoint?: string | undefined;
  /** The root disk in GiB, which goes with the machine; 100 by default. */
  readonly diskGiB?: number | undefined;
  /** What a GiB of gp3 costs a month in US dollars, by region: what a suspended machine is said to cost. 0.08, as in us-east-1, where it is not named. */
  readonly diskPricePerGiBMonth?: Readonly<Record<string, string>> | undefined;
  /** The size in GiB that a named volume is made with; 100 by default. It stays, and costs money, until somebody removes it. */
  readonly volumeGiB?: number | undefined;
  /** Whose connections to port 22 are let in, as CIDR blocks; `['0.0.0.0/0']` by default: who gets in, keys decide. */
  readonly sshFrom?: readonly string[] | undefined;
  /** Where machines are put, subnets of any of the regions; the default VPC's by default. They must give public addresses, or be reached from here. */
  readonly subnets?: readonly string[] | undefined;
  /** Whether machines are reached by their public address; `true` by default. */
  readonly publicAddress?: boolean | undefined;
  /** Images: an AMI's id, or the name of an SSM parameter that holds one. They need systemd, cloud-init and a root disk called `/dev/sda1`, as Ubuntu's have; for GPUs also driver and container toolkit. */
  readonly images?: Images | undefined;
  /** Types besides the known GPU types, such as CPU types with your prices. One of a known name replaces it. */
  readonly types?: readonly InstanceType[] | undefined;
  /** How long lists may not show what was created, in milliseconds; 30,000 by default. */
  readonly lagMs?: number | undefined;
  /** How long AWS may take to answer, in milliseconds; 30,000 by default. */
  readonly answerMs?: number | undefined;
  /** What carries the calls, as the AWS SDK's clients take it, such as one that knows a proxy; then `answerMs` is its affair. The SDK's own by default. */
  readonly requestHandler?: RequestHandler | undefined;
  readonly clock?: Clock | undefined;
}

/** An HTTP handler of the AWS SDK's. */
export type RequestHandler = NonNullable<EC2ClientConfig['requestHandler']>;

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface Images {
  /** AWS's Deep Learning Base AMI on Ubuntu 22.04 by default. */
  readonly gpu?: string | undefined;
  /** Canonical's Ubuntu 24.04 by default. */
  readonly cpu?: string | undefined;
}

/** How EC2 is used as a platform for containers. */
export interface AwsOptions extends Ec2Options, MachineProviderOptions {}
