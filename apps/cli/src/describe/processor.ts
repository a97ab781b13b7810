import { formatDuration, type Processor } from '@neb/core-types';
import type { ProcessorExplanation, ProcessorHealth } from '@neb/sdk';
import type { Moment } from '../kinds/moment.ts';
import { age } from '../render/age.ts';
import { statusColour } from '../render/style.ts';
import type { Column } from '../render/table.ts';
import { conditionColumns } from './container.ts';
import { eventSection } from './events.ts';
import { identityFacts } from './identity.ts';
import { rowsOf, type Section } from './sections.ts';
import { specification } from './specification.ts';

/** Everything about a processor, and what to do next. */
export function describeProcessor(explanation: ProcessorExplanation, moment: Moment, health?: ProcessorHealth): readonly Section[] {
  const { processor } = explanation;
  const { metadata, status } = processor;
  const { now } = moment;
  return [
    { title: `processor/${metadata.name}`, facts: identityFacts(metadata, now) },
    { title: 'Status', facts: [
      ['Status', status.status],
      ['Why', status.message],
      ['Health', health && healthText(health)],
      ['Stream', status.stream],
      ['Group', status.group],
      ['Done', status.acknowledged?.toString()],
      ['Starts in', status.start_ms === undefined ? undefined : `${formatDuration(status.start_ms)}, as learnt`],
    ] },
    { title: 'Specification', facts: specification(processor) },
    { title: 'Conditions', rows: rowsOf(conditionColumns(moment), status.conditions) },
    ...scalingSections(explanation, moment),
    eventSection(explanation.events, moment),
    { title: 'Next', lines: nextHints(processor) },
  ];
}

/** What the one worker says that was asked. */
function healthText({ status, message, details }: ProcessorHealth): string {
  const more = [message, details === undefined || details === null ? undefined : JSON.stringify(details)].filter(Boolean).join(', ');
  return more === '' ? status : `${status}: ${more}`;
}

/** Why a processor has as many workers as it has. */
export function explainProcessor(explanation: ProcessorExplanation, moment: Moment): readonly Section[] {
  const { metadata, status } = explanation.processor;
  return [
    { title: `processor/${metadata.name}`, facts: [['Status', status.status], ['Why', status.message]] },
    ...scalingSections(explanation, moment),
    eventSection(explanation.events, moment),
    { title: 'Next', lines: nextHints(explanation.processor) },
  ];
}

function scalingSections({ processor, pressure, policy, replicas, decision }: ProcessorExplanation, moment: Moment): readonly Section[] {
  const { status } = processor;
  const { desired, ready, starting, draining } = status.replicas;
  const held = (ms: number): string => (ms === 0 ? 'at once' : `after ${formatDuration(ms)}`);
  return [
    { title: 'Workers', facts: [
      ['Wanted', status.pinned === undefined ? String(desired) : `${desired}, asked for by hand until the manifest is applied again`],
      ['Are', [`${ready} ready`, starting > 0 && `${starting} starting`, draining > 0 && `${draining} finishing what they hold`].filter(Boolean).join(', ')],
      ['Decided', decision && `${decision.desired}, ${age(decision.at, moment.now)} ago: ${decision.reason}`],
    ] },
    { title: 'Pressure', facts: pressure === undefined ? [['Now', 'unknown: the streams cannot be reached']] : [
      ['Waiting', `${pressure.exact ? '' : 'at most '}${pressure.backlog}${oldest(pressure.oldestWaitingMs)}`],
      ['Being worked on', `${pressure.pending}${oldest(pressure.oldestPendingMs)}`],
      ['Done', String(pressure.acknowledged)],
    ] },
    { title: 'Policy', facts: [
      ['Workers', `${policy.min} to ${policy.max}`],
      ['More', `above a pressure of ${policy.up.abovePressure}, ${held(policy.up.holdMs)}`],
      ['Fewer', `below a pressure of ${policy.down.belowPressure}, ${held(policy.down.holdMs)}`],
      ['None', policy.zero && `with nothing to do, ${held(policy.zero.holdMs)}`],
    ] },
    { title: 'Replicas', rows: rowsOf(replicaColumns(moment), replicas) },
  ];
}

function oldest(ms: number | undefined): string {
  return ms === undefined ? '' : `, the oldest for ${formatDuration(ms)}`;
}

function replicaColumns({ style }: Moment): readonly Column<ProcessorExplanation['replicas'][number]>[] {
  const word = (r: ProcessorExplanation['replicas'][number]): string => (r.draining ? `${r.status} (draining)` : r.status === 'running' && !r.ready ? 'running (not ready)' : r.status);
  return [
    { title: 'NAME', cell: (r) => r.name },
    { title: 'STATUS', cell: word, colour: (r, text) => statusColour(r.status, style)(text) },
    { title: 'HOLDS', cell: (r) => (r.pending === undefined ? '' : String(r.pending)), side: 'right' },
    { title: 'ID', cell: (r) => r.id },
  ];
}

/** What one would do next with a processor in its state. */
function nextHints({ metadata: { name, namespace, deleted_at: deletedAt }, status }: Processor): readonly string[] {
  const at = `${name} -n ${namespace}`;
  if (deletedAt !== undefined) return [`neb wait processor ${at} --for=deleted`];
  return [
    `neb send processor ${at} --data '{}' --wait`,
    ...(status.replicas.ready > 0 ? [`neb logs processor/${at} -f`] : []),
    ...(status.pinned === undefined ? [] : [`neb scale processor ${at} --auto`]),
    `neb dead-letters ${at}`,
    `neb delete processor ${at}`,
  ];
}
