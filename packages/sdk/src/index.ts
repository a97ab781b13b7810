export { type ContainersClient } from './client/containers.ts';
export { type ContainerInput, type NamespaceInput, type SecretInput } from './client/inputs.ts';
export { type List } from './client/list.ts';
export { type ApplyOptions, createNeb, type Neb, type NebOptions, type Version } from './client/neb.ts';
export { type ObjectsClient } from './client/objects.ts';
export { type Listener, type ListenOptions } from './client/port-forward.ts';
export { type ObjectRef } from './client/refs.ts';
export { type RetryOptions } from './client/retry.ts';
export { type RunOptions, type RunResult } from './client/run.ts';
export { type WaitFor, type WaitOptions } from './client/wait.ts';
export {
  type Applied, type ApplyInput, type Caller, type EventEntry, type EventsInput, type Explanation, type Listed, type ListInput, type LogEntry, type LogsInput,
  type OfferView, type PlatformView, type Ref, type Watched, type WatchEventsInput, type WatchInput,
} from './contract/services.ts';
export { type Failure, failureOf } from './failure.ts';
export {
  type Attempt, type Call, type Connection, type Container, type ContainerStatus, type Event, type ExecRequest, type ExecSession, type InstanceUsage,
  type Namespace, type Secret,
} from '@neb/core-types';
export { type ErrorCode, errorCodes, isNebError, NebError } from '@neb/core-types/errors';
