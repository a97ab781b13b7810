export type { Asked, Reply } from './browser.ts';
export { type LoginDoor, loginDoor, type LoginDoorOptions } from './door.ts';
export { type Issuer, type IssuerOptions, openIdIssuer } from './issuer.ts';
