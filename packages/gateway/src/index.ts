export { createGateway, type Gateway } from './gateway.ts';
export { defaultLimits, type GatewayLimits, type GatewayOptions, type Listen, type Waker } from './options.ts';
export type { Dial } from './pass/dial.ts';
export type { Admission, AdmissionVerdict, Arrival, Observer, Passed, Watch } from './passage.ts';
export type { GatewayGauge } from './tally.ts';
export { type ClusterOptions, createGatewayCluster, type GatewayCluster } from './cluster/primary.ts';
export { gaugeTeller } from './cluster/teller.ts';
export type { MakePolicy, Policy, PolicyContext } from './cluster/policy.ts';
export * from './policies.ts';
