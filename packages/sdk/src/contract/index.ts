export type { Caller } from '@neb/core-types';
export type { Context, Fault } from './context.ts';
export { httpStatus, refusal, unauthenticated } from './refusal.ts';
export { openApiDocument, type OpenApiDocument } from './rest/document.ts';
export { restError, retryAfter } from './rest/respond.ts';
export { restHandler, type RestOptions } from './rest/serve.ts';
export { type Router, router } from './router.ts';
export { serveDial } from './serve-dial.ts';
export { serveExec, type StartExec } from './serve-exec.ts';
export type { ServeSocketOptions } from './serve-session.ts';
export { isSocketUrl, serveSocket } from './serve-socket.ts';
export type {
  CanInput, IdentityServices, KeyInput, KeyView, MemberInput, MemberView, NewKeyView, OrganisationView, ServiceAccountView, UserChange, UserView,
} from './identity.ts';
export type { AsideVerbs, CheckpointInput, Connections, Forked, ForkInput, ImportInput, MigrateInput, Snapshots, SuspendInput } from './aside.ts';
export type { Admin, Audit, AuditExport, AuditInput, KeyRotation, Quotas, QuotaView } from './administration.ts';
export type { BillingServices, BillInput, BillKey, BillPage, CostTotal, Spending, SpendingInput, Spendings, Standing, Totals, UsageInput, UsageTotal } from './billing.ts';
export type { Openmeter, OpenmeterRetry, OpenmeterStatus, OpenmeterSync } from './openmeter.ts';
export type { CandidateView, MoveView, OffersInput, OffersView, OfferView, PlatformView, PricedPlaceView, Unanswered } from './places.ts';
export type {
  AnswerEntry, AnswerPiece, AnswersInput, DeadLetter, DeadLettersInput, HealthInput, MessageInput, ProcessorExplanation, ProcessorHealth, Processors, ReadInput, SendInput, SentMessage, StreamMessage,
} from './processors.ts';
export type { DoorKeyInput, DoorKeyView, LatencyPolicyView, NewDoorKeyView, RolloutView, ServiceExplanation, ServiceKeys, ServiceVerbs, UndoInput } from './service-verbs.ts';
export type {
  Applied, ApplyInput, Containers, EventEntry, EventsInput, Explanation, Listed, ListInput, LogEntry, LogsInput, Objects, Ref, Secrets, Seen, Services, Watched,
  WatchEventsInput, WatchInput,
} from './services.ts';
export { targetOf } from '../wire/paths.ts';
export { maxFrameBytes, type RawSocket } from '../wire/socket.ts';
export { type Failure, failureOf } from '../failure.ts';
