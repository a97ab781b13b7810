export { admits, type Door, type Knock, needsBody, type Verdict } from './authz/admits.ts';
export { type DoorKey, isDoorKey, mintDoorKey, visitorOfKey } from './authz/door-key.ts';
export { type BodyHeaders, type HeldBody, holdBody, type RequestBody, requestBody } from './authz/request-body.ts';
export { authzProblems } from './authz/rules.ts';
export { type TokenOptions, visitorOfToken } from './authz/token.ts';
export { type Visitor, visitorOf, type VisitorOrganisation } from './authz/visitor.ts';
