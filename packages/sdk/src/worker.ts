export type {
  Command, ContentSchema, Handler, Handling, Health, Message, MessageSchema, StandardSchema, Worker, WorkerEvent, WorkerOptions,
} from '@neb/streams';
export { messageSchema, worker } from '@neb/streams';
