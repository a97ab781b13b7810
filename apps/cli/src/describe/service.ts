import { formatDuration, type Service } from '@neb/core-types';
import type { ServiceExplanation } from '@neb/sdk';
import type { Moment } from '../kinds/moment.ts';
import { millis, rate } from '../kinds/services.ts';
import { age } from '../render/age.ts';
import { statusColour } from '../render/style.ts';
import type { Column } from '../render/table.ts';
import { stepOf } from '../rollout.ts';
import { conditionColumns } from './container.ts';
import { eventSection } from './events.ts';
import { identityFacts } from './identity.ts';
import { rowsOf, type Section } from './sections.ts';
import { specification } from './specification.ts';

/** Everything about a service, and what to do next. */
export function describeService(explanation: ServiceExplanation, moment: Moment): readonly Section[] {
  const { service } = explanation;
  const { metadata, status } = service;
  return [
    { title: `service/${metadata.name}`, facts: identityFacts(metadata, moment.now) },
    { title: 'Status', facts: [
      ['Status', status.status],
      ['Why', status.message],
      ['Address', status.address],
      ['URL', status.url],
      ['Hosts', status.hosts?.join(', ')],
      ['Starts in', status.start_ms === undefined ? undefined : `${formatDuration(status.start_ms)}, as learnt`],
    ] },
    { title: 'Specification', facts: specification(service) },
    { title: 'Conditions', rows: rowsOf(conditionColumns(moment), status.conditions) },
    ...scalingSections(explanation, moment),
    eventSection(explanation.events, moment),
    { title: 'Next', lines: nextHints(service) },
  ];
}

/** Why a service has as many replicas as it has. */
export function explainService(explanation: ServiceExplanation, moment: Moment): readonly Section[] {
  const { metadata, status } = explanation.service;
  return [
    { title: `service/${metadata.name}`, facts: [['Status', status.status], ['Why', status.message]] },
    ...scalingSections(explanation, moment),
    eventSection(explanation.events, moment),
    { title: 'Next', lines: nextHints(explanation.service) },
  ];
}

function scalingSections({ service: { status }, traffic, policy, replicas, decision, rollout }: ServiceExplanation, moment: Moment): readonly Section[] {
  const { desired, ready, starting, draining } = status.replicas;
  const held = (ms: number): string => (ms === 0 ? 'at once' : `after ${formatDuration(ms)}`);
  return [
    { title: 'Replicas', facts: [
      ['Wanted', status.pinned === undefined ? String(desired) : `${desired}, asked for by hand until the manifest is applied again`],
      ['Are', [`${ready} ready`, starting > 0 && `${starting} starting`, draining > 0 && `${draining} finishing what they have`].filter(Boolean).join(', ')],
      ['Decided', decision && `${decision.desired}, ${age(decision.at, moment.now)} ago: ${decision.reason}`],
      ['Rollout', stepOf(rollout).replace(/^service\/\S+: /, '')],
    ] },
    { title: 'Traffic', facts: traffic === undefined ? [['Now', 'unknown: no gateway has told of any']] : [
      ['Requests', `${rate(traffic.rps)} a second`],
      ['In flight', rate(traffic.in_flight)],
      ['Waiting', rate(traffic.waiting)],
      ['First byte', traffic.p95_ms === undefined ? undefined : `${millis(traffic.p95_ms)} for 95 in 100${traffic.p50_ms === undefined ? '' : `, ${millis(traffic.p50_ms)} for half of them`}`],
      ['Seen', `${age(traffic.at, moment.now)} ago`],
    ] },
    { title: 'Policy', facts: [
      ['Replicas', `${policy.min} to ${policy.max}`],
      ['More', `above ${millis(policy.up.aboveMs)}, ${held(policy.up.holdMs)}`],
      ['Fewer', `below ${millis(policy.down.belowMs)}, ${held(policy.down.holdMs)}`],
      ['None', policy.zero && `without a request, ${held(policy.zero.holdMs)}`],
    ] },
    { title: 'Containers', rows: rowsOf(replicaColumns(moment), replicas) },
  ];
}

function replicaColumns({ style }: Moment): readonly Column<ServiceExplanation['replicas'][number]>[] {
  const word = (r: ServiceExplanation['replicas'][number]): string => (r.draining ? `${r.status} (draining)` : r.status === 'running' && !r.ready ? 'running (not ready)' : r.status);
  return [
    { title: 'NAME', cell: (r) => r.name },
    { title: 'STATUS', cell: word, colour: (r, text) => statusColour(r.status, style)(text) },
    { title: 'REVISION', cell: (r) => (r.current ? 'current' : 'older') },
    { title: 'ID', cell: (r) => r.id },
  ];
}

/** What one would do next with a service in its state. */
function nextHints({ metadata: { name, namespace, deleted_at: deletedAt }, status }: Service): readonly string[] {
  const at = `service/${name} -n ${namespace}`;
  if (deletedAt !== undefined) return [`neb wait ${at} --for=deleted`];
  return [
    ...(status.address === undefined && status.url === undefined ? [] : [`neb curl ${at} /`]),
    ...(status.status === 'creating' || status.status === 'updating' ? [`neb rollout status ${at}`] : []),
    ...(status.replicas.ready > 0 ? [`neb logs ${at} -f`] : []),
    ...(status.pinned === undefined ? [] : [`neb scale ${at} --auto`]),
    `neb rollout history ${at}`,
    `neb delete ${at}`,
  ];
}
