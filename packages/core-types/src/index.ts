export { acceleratorVariants, accelerators, canonicalAccelerator, parseAccelerator } from './accelerators.ts';
export { type Backoff, doubling, growing, jittered, spread } from './backoff.ts';
export { type Bell, bell } from './bell.ts';
export { buckets, type Buckets, type Rate } from './buckets.ts';
export { type Caller, type Role, role, roles, type Scope } from './caller.ts';
export { type Clock, systemClock, timestamp } from './clock.ts';
export { databaseCode, databaseTrouble, inDatabaseWords, isDatabaseGone } from './database-trouble.ts';
export { duration } from './duration.ts';
export { durationMs, formatDuration, parseDuration } from './duration-text.ts';
export { type ErrorCode, errorCodes, type ErrorMore, isNebError, messageOf, messageWithHint, NebError } from './errors.ts';
export { hashAfter, type Link, origin } from './hash-chain.ts';
export { instant } from './instant.ts';
export { type Masker, masker } from './masker.ts';
export { addMoney, compareMoney, costOf, formatMoney, inDollars, money, parseMoney } from './money.ts';
export { alike, didYouMean, nearest } from './nearest.ts';
export { collect, type Page, paginate } from './paginate.ts';
export { type PlatformClock, platformClock } from './platform-clock.ts';
export {
  type Connection, type Exec, type ExecOutput, type ExecRequest, type ExecSession, type Files, type InsideListener, type InsideNetwork, type InsideNetworks, type InstanceUsage, type LogLine, type LogOptions,
  type Logs, type Networks, type TerminalSize,
} from './facets.ts';
export { type LaunchSpec, type PortSpec, type RegistryCredentials, type SecretFile, type VolumeSpec } from './launch-spec.ts';
export { type AcceleratorCount, type Offer, type OfferQuery } from './offer.ts';
export {
  type Call, capabilities, type CreateRequest, type DeleteOptions, type Failure, type Instance, type InstanceRef, type InstanceState, type Lack, type ListQuery,
  type Progress, type Provider, type ProviderTraits, type PublishedPort, refusalOf,
} from './provider.ts';
export { formatBytes, parseCpus, parseMemory } from './quantity-text.ts';
export { fraction, newId, type Random, systemRandom } from './random.ts';
export type { Authz } from './resources/authz.ts';
export { type AuditEntry, auditEntry, type AuditRecord, auditRecord, type AuditVerdict, auditVerdict } from './resources/audit-record.ts';
export {
  type Budget, budget, type BudgetDeed, budgetDeeds, type BudgetLimitStatus, type BudgetManifest, budgetManifest, type BudgetPeriod, budgetPeriods, budgetReached, type BudgetSpec, type BudgetStatus, budgetStatus,
  type BudgetWord,
} from './resources/budget.ts';
export { type Condition, condition, withCondition } from './resources/condition.ts';
export { type Container, container, type ContainerManifest, containerManifest, type ContainerSpec, containerSpec } from './resources/container.ts';
export { type ContainerRow, containerRow } from './resources/container-row.ts';
export { type EnvVar, type HealthCheck, type Meter, type VolumePath } from './resources/container-parts.ts';
export { type Attempt, attempt, type AttemptTerm } from './resources/attempt.ts';
export { type Asked, type Move, type MovePhase, type Suspended } from './resources/container-aside.ts';
export { fractionOf, type IdleDeed } from './resources/container-policies.ts';
export { type ContainerStatus, containerStatus, type ContainerWord, containerWords, endedWords } from './resources/container-status.ts';
export { type Event, event } from './resources/event.ts';
export { type Kind, type KindFacts, kindNamed, kindNames, kinds } from './resources/kinds.ts';
export { type Field, fieldsOf } from './resources/fields.ts';
export { inWords } from './resources/in-words.ts';
export { inferKind } from './resources/infer-kind.ts';
export { messageMetrics, platformCurrency } from './resources/meter-problems.ts';
export { type Checked, checkManifest, type CheckOptions, describePath, type Manifest, parseManifest } from './resources/manifest.ts';
export { ownNames } from './resources/own-names.ts';
export { type Problem, problemsOf } from './resources/problems.ts';
export { type RetryBudget, retryBudget } from './resources/retry-budget.ts';
export { schemaAt, unwrap } from './resources/schema-at.ts';
export { type MessageField, messageField, type MessageShape, messageShape } from './resources/message-field.ts';
export { type Metadata, metadata, type MetadataInput, metadataInput, name, namespaceName } from './resources/metadata.ts';
export { type Namespace, namespace, type NamespaceManifest, namespaceManifest, type NamespaceStatus } from './resources/namespace.ts';
export {
  type Processor, processor, type ProcessorManifest, processorManifest, type ProcessorSpec, type ProcessorStatus, processorStatus, processorStream, processorWords,
} from './resources/processor.ts';
export { type Quota, quota, quotaFields, type Usage } from './resources/quota.ts';
export { type Secret, secret, type SecretManifest, secretManifest } from './resources/secret.ts';
export {
  type Service, service, type ServiceKey, type ServiceManifest, serviceManifest, servicePort, type ServiceRevision, type ServiceSpec, type ServiceStatus, serviceStatus, serviceWords,
} from './resources/service.ts';
export {
  type SnapshotManifest, snapshotManifest, type SnapshotObject, snapshotObject, type SnapshotSpec, type SnapshotStatus, snapshotStatus, snapshotTtl, snapshotWords,
} from './resources/snapshot.ts';
export { type UsageDimension, usageDimensions, type UsageFact, usageFact, type UsageKind, usageKinds, type UsageRecord, usageRecord } from './resources/usage-fact.ts';
export type { DoorKey, InstanceAt, Replica, RequestRate, Route, RouteChange, RouteFact, RouteFeed, RouteGauge } from './routes.ts';
export { matchesSelector, parseSelector, type Requirement } from './selector.ts';
export { type Sightings, sightings, type SightingsOptions } from './sightings.ts';
export { storableText } from './storable-text.ts';
export type { StreamCare, StreamOwner, StreamPlane } from './stream-plane.ts';
export { type Pressure, type StreamConsumer, type StreamGauge, type StreamGroup, type StreamWatch, type Tally } from './streams.ts';
export type { Traffic, TrafficDoor, TrafficOwner, TrafficPlane } from './traffic-plane.ts';
export { type Archives, type SaveRequest, type Snapshot, type SnapshotOrigin, type SnapshotRef, type Suspend, type WriteRequest } from './suspend.ts';
export { type Turns, turns } from './turns.ts';
export { type FactFeed, type FindUsageObject, type RunFeed, type SeenRun, type SeenStream, type StreamFeed, type UsageObject } from './usage-sources.ts';
export { unlessAborted } from './unless-aborted.ts';
export { firstLine, rootCause } from './what-was-said.ts';
