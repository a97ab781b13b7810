export type { Bill, BillingClient } from './client/billing.ts';
export type { ContainersClient } from './client/containers.ts';
export type { BudgetInput, ContainerInput, NamespaceInput, ProcessorInput, SecretInput, ServiceInput } from './client/inputs.ts';
export type { List } from './client/list.ts';
export { type ApplyOptions, createNeb, type Neb, type NebOptions, type Version } from './client/neb.ts';
export type { ObjectsClient } from './client/objects.ts';
export type { Listener, ListenOptions } from './client/port-forward.ts';
export type { AnswersOptions, AskOptions, PageQuery, ProcessorsClient, SendOptions, WholeAnswer } from './client/processors.ts';
export type { ObjectRef } from './client/refs.ts';
export type { RetryOptions } from './client/retry.ts';
export type { RunOptions, RunResult } from './client/run.ts';
export type { ServicesClient } from './client/services.ts';
export type { SnapshotInput, SnapshotsClient } from './client/snapshots.ts';
export type { CheckpointInput, Forked, ForkInput, MigrateInput, SuspendInput } from './contract/aside.ts';
export type { WaitFor, WaitOptions } from './client/wait.ts';
export type { IdentityClient } from './client/identity.ts';
export type { CanInput, KeyInput, KeyView, MemberInput, MemberView, NewKeyView, OrganisationView, ServiceAccountView, UserChange, UserView } from './contract/identity.ts';
export type { AuditInput, KeyRotation, QuotaView } from './contract/administration.ts';
export type { BillKey, CostTotal, Spending, SpendingInput, Spendings, Standing, Totals, UsageInput, UsageTotal } from './contract/billing.ts';
export type { OpenmeterRetry, OpenmeterStatus, OpenmeterSync } from './contract/openmeter.ts';
export type { CandidateView, MoveView, OffersInput, OffersView, OfferView, PlatformView, PricedPlaceView, Unanswered } from './contract/places.ts';
export type { AnswerEntry, AnswerPiece, DeadLetter, MessageInput, ProcessorExplanation, ProcessorHealth, SentMessage, StreamMessage } from './contract/processors.ts';
export type { DoorKeyView, NewDoorKeyView, RolloutView, ServiceExplanation } from './contract/service-verbs.ts';
export type {
  Applied, ApplyInput, EventEntry, EventsInput, Explanation, Listed, ListInput, LogEntry, LogsInput, Ref, Watched, WatchEventsInput, WatchInput,
} from './contract/services.ts';
export { type Failure, failureOf } from './failure.ts';
export type {
  Attempt, AuditEntry, AuditRecord, AuditVerdict, Call, Caller, Connection, Container, ContainerStatus, Event, ExecRequest, ExecSession, InstanceUsage,
  Namespace, Processor, ProcessorStatus, Secret, Service, ServiceRevision, ServiceStatus, SnapshotObject, UsageDimension,
} from '@neb/core-types';
export { type ErrorCode, errorCodes, isNebError, NebError } from '@neb/core-types/errors';
