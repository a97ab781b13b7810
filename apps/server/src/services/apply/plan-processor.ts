import { NebError, processorStream } from '@neb/core-types';
import { newContainerStatus, newProcessorStatus, type Resource, workerSpec } from '@neb/scheduler';
import { messageSchema, nameTrouble } from '@neb/streams';
import { titleOf } from '../views.ts';
import type { Planning } from './planning.ts';
import type { WantedOf } from './wanted.ts';

/** What a processor is to be, once it can be; throws what is in the way. */
export async function processorWanted(planning: Planning, wanted: WantedOf<'Processor'>, before: Resource<'Processor'> | undefined): Promise<{ readonly after: Resource<'Processor'>; readonly warnings: readonly string[] }> {
  const { kind: _, metadata, namespace, name, ...spec } = wanted;
  const title = titleOf(wanted);
  const missing = planning.streamsMissing();
  if (missing !== undefined) throw new NebError('unsupported', `${title}: ${missing}`);
  const stream = processorStream({ namespace, name, spec });
  checkStream(stream, { namespace, title });
  if (before && before.status.stream !== stream) throw new NebError('conflict', `${title} works off ${before.status.stream}, and a processor keeps its stream`, { hint: 'Delete it and create it anew, or make another.', details: { final: true } });
  messageSchema({ schema: spec.schema, commonSchema: spec.common_schema });
  const blank = before ?? (await planning.blank('Processor', wanted, { spec, status: newProcessorStatus({ id: '', stream }) }));
  const base = before ? before : { ...blank, status: newProcessorStatus({ id: blank.id, stream }) };
  const other = await planning.processorOfStream({ namespace, stream, id: base.id });
  if (other) throw new NebError('conflict', `${title}: ${titleOf(other)} works off the stream ${stream} already`, { hint: 'Name another stream, or none.', details: { final: true } });
  const { pinned: __, ...status } = base.status;
  const after: Resource<'Processor'> = { ...base, spec, status, labels: metadata.labels ?? {}, ownerRef: metadata.owner_ref };
  const worker = { ...base, kind: 'Container', spec: workerSpec(after, undefined), status: newContainerStatus } as Resource<'Container'>;
  const refused = await planning.fault(worker);
  if (refused) throw new NebError(refused.code, `${title}: ${refused.message}`, { hint: refused.hint, details: refused.details, cause: refused });
  return { after, warnings: planning.warnings(worker.spec) };
}

/** Streams of one Redis are everybody's, so a name says whose it is. */
function checkStream(stream: string, { namespace, title }: { readonly namespace: string; readonly title: string }): void {
  const trouble = nameTrouble(stream);
  if (trouble !== undefined) throw new NebError('invalid', `${title}: stream: ${trouble}`, { details: { problems: [{ path: ['stream'], message: trouble }] } });
  const isOwn = stream.startsWith(`processor:${namespace}:`) || (namespace !== 'processor' && stream.startsWith(`${namespace}:`));
  if (isOwn) return;
  const message = `must begin with "${namespace}:", the namespace it is in`;
  throw new NebError('invalid', `${title}: stream: ${message}`, { hint: `Such as ${namespace}:${stream.replace(/^.*:/, '')}.`, details: { problems: [{ path: ['stream'], message }] } });
}
