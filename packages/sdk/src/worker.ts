export type {
  Command, ContentSchema, Fault, Handler, Handling, Health, Message, MessageSchema, StandardSchema, Worker, WorkerEvent, WorkerOptions,
} from '@neb/streams';
export { messageSchema, worker } from '@neb/streams';
