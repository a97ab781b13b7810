export { type Context, type Fault } from './context.ts';
export { httpStatus, refusal } from './refusal.ts';
export { openApiDocument, type OpenApiDocument } from './rest/document.ts';
export { restError } from './rest/respond.ts';
export { restHandler, type RestOptions } from './rest/serve.ts';
export { type Router, router } from './router.ts';
export { serveDial } from './serve-dial.ts';
export { serveExec, type StartExec } from './serve-exec.ts';
export { type ServeSocketOptions } from './serve-session.ts';
export { isSocketUrl, serveSocket } from './serve-socket.ts';
export {
  type Applied, type ApplyInput, type Caller, type Containers, type EventEntry, type EventsInput, type Explanation, type Listed, type ListInput, type LogEntry,
  type LogsInput, type Objects, type OfferView, type PlatformView, type Ref, type Secrets, type Services, type Watched, type WatchEventsInput, type WatchInput,
} from './services.ts';
export { maxFrameBytes, type RawSocket } from '../wire/socket.ts';
export { type Failure, failureOf } from '../failure.ts';
