export { type AuditLog, auditLog, type AuditQuery, type AuditReader } from './audit-log.ts';
export { hashAfter, type Link, origin } from '@neb/core-types';
export { lineOf, verifyChain } from './chain.ts';
export { memoryAuditLog } from './memory-log.ts';
export { migrateAudit } from './tables.ts';
