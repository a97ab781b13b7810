export { type PretendAccess, pretendAccess, type PretendAccessOptions } from './pretend-access.ts';
