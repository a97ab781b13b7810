export { type AuditLog, auditLog, type AuditQuery, type AuditReader } from './audit-log.ts';
export { hashAfter, lineOf, type Link, origin, verifyChain } from './chain.ts';
export { memoryAuditLog } from './memory-log.ts';
export { migrateAudit } from './tables.ts';
