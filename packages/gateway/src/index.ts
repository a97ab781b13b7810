export { createGateway, type Gateway } from './gateway.ts';
export { defaultLimits, type GatewayLimits, type GatewayOptions, type Listen, type Waker } from './options.ts';
export type { Admission, AdmissionVerdict, Arrival, Observer, Passed, Watch } from './passage.ts';
export type { GatewayGauge } from './tally.ts';
