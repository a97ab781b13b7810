// A server, as far as its gateway is concerned, that waits to be killed.
import { type GatewaySide, gatewaySide } from './gateway-side.ts';

const { address } = await gatewaySide(JSON.parse(process.argv[2] ?? '{}') as GatewaySide);
process.send?.(address);
