export { type Deps, type RunningServer, startServer } from './compose.ts';
export { type Config, loadConfig, type VariableName } from './config.ts';
export { stopAbandoned } from './database/private-postgres.ts';
export { stopAbandonedRedis } from './redis/own-home.ts';
export { stopAbandonedGateway } from './gateway/settings.ts';
export { bridgeAddress } from './redis/bridge-address.ts';
export { main, type Overrides } from './main.ts';
