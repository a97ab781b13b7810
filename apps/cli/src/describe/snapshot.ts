import { type Event, formatBytes, type SnapshotObject } from '@neb/core-types';
import type { Moment } from '../kinds/moment.ts';
import { age } from '../render/age.ts';
import { eventSection } from './events.ts';
import type { Section } from './sections.ts';

export function describeSnapshot({ metadata, status, container, ttl }: SnapshotObject, events: readonly Event[], moment: Moment): readonly Section[] {
  const { made = {} } = status;
  return [
    { title: `snapshot/${metadata.name}`, facts: [
      ['Namespace', metadata.namespace],
      ['Id', metadata.id],
      ['Owner', metadata.owner],
      ['Container', container],
      ['Status', status.status],
      ['Why', status.message],
      ['Keeps', status.keeps === 'memory' ? 'memory: files, processes and what they hold' : status.keeps],
      ['Size', status.size_bytes === undefined ? undefined : formatBytes(status.size_bytes)],
      ['Platform', status.platform],
      ['File', status.archive?.digest],
      ['Taken', status.taken_at === undefined ? undefined : `${age(status.taken_at, moment.now)} ago (${status.taken_at})`],
      ['Expires', status.expires_at === undefined ? undefined : `${status.expires_at}${ttl === undefined ? '' : ` (ttl ${ttl})`}`],
    ] },
    { title: 'Made on', facts: [['Engine', made.engine], ['Kernel', made.kernel], ['Architecture', made.arch], ['CPU', made.cpu], ['Accelerator', made.accelerator], ['Image', made.image]] },
    eventSection(events, moment),
    { title: 'Next', lines: [`neb create container NAME --snapshot ${metadata.name} -n ${metadata.namespace}`, `neb snapshot export ${metadata.name} --to ${metadata.name}.snapshot -n ${metadata.namespace}`, `neb delete snapshot ${metadata.name} -n ${metadata.namespace}`] },
  ];
}
