export { aws, type AwsProvider } from './aws.ts';
export type { InstanceType } from './catalogue/instance-types.ts';
export { type Ec2, ec2 } from './ec2.ts';
export type { AwsCredentials, AwsOptions, Ec2Options, Images, RequestHandler } from './options.ts';
