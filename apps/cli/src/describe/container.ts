import { type Attempt, type Condition, inDollars } from '@neb/core-types';
import type { Explanation } from '@neb/sdk';
import { progressText } from '../kinds/containers.ts';
import type { Moment } from '../kinds/moment.ts';
import { age } from '../render/age.ts';
import type { Column } from '../render/table.ts';
import { eventSection } from './events.ts';
import { nextHints } from './next.ts';
import { identityFacts } from './identity.ts';
import { retryFacts } from './retries.ts';
import { rowsOf, type Section } from './sections.ts';
import { specification } from './specification.ts';

/** Everything about a container, and what to do next. */
export function describeContainer({ container, attempts, events }: Explanation, moment: Moment): readonly Section[] {
  const { metadata, status } = container;
  const { now } = moment;
  return [
    { title: `container/${metadata.name}`, facts: identityFacts(metadata, now) },
    { title: 'Status', facts: [
      ['Status', `${status.status}${status.progress ? ` (${progressText(status.progress)})` : ''}${status.status === 'running' && !status.ready ? ' (not ready)' : ''}`],
      ['Why', status.message],
      ['Exit code', status.exit_code?.toString()],
      ['Started', status.started_at && `${age(status.started_at, now)} ago (${status.started_at})`],
      ['Finished', status.finished_at && `${age(status.finished_at, now)} ago (${status.finished_at})`],
      ['Restarts', status.restart_count.toString()],
      ['Next try', status.next_attempt_at],
      ...retryFacts(container, now),
      ['Health', status.health && `${status.health.healthy ? 'healthy' : `unhealthy, ${status.health.failures} failures in a row`}${status.health.message ? `: ${status.health.message}` : ''}`],
      ['Platform', [status.platform, status.region].filter(Boolean).join(', ')],
      ['Accelerator', status.accelerator],
      ['Price', status.cost_per_hr && `$${status.cost_per_hr}/h`],
      ['Reachable as', [status.hostname, status.address].filter(Boolean).join(', ')],
      ['Ports', status.public_ports?.map((p) => `${p.public_ip}:${p.public_port} -> ${p.port}/${p.protocol}`).join(', ')],
    ] },
    { title: 'Specification', facts: specification(container) },
    { title: 'Conditions', rows: rowsOf(conditionColumns(moment), status.conditions) },
    { title: 'Attempts', rows: rowsOf(attemptColumns(moment), attempts.slice(-5)) },
    eventSection(events, moment),
    { title: 'Next', lines: nextHints(container) },
  ];
}

export function conditionColumns({ now, style }: Moment): readonly Column<Condition>[] {
  const bad = ({ type, status }: Condition): boolean => (type === 'Stalled' ? status === 'true' : status === 'false');
  return [
    { title: 'TYPE', cell: (c) => c.type },
    { title: 'STATUS', cell: (c) => c.status, colour: (c, text) => (bad(c) ? style.yellow(text) : text) },
    { title: 'SINCE', cell: (c) => age(c.since, now), side: 'right' },
    { title: 'REASON', cell: (c) => c.reason },
    { title: 'MESSAGE', cell: (c) => c.message },
  ];
}

function attemptColumns({ now }: Moment): readonly Column<Attempt>[] {
  return [
    { title: '#', cell: (a) => String(a.number), side: 'right' },
    { title: 'PLATFORM', cell: (a) => a.platform },
    { title: 'BEGUN', cell: (a) => age(a.intended_at, now), side: 'right' },
    { title: 'RAN', cell: (a) => (a.started_at ? age(a.started_at, a.ended_at ? Date.parse(a.ended_at) : now) : ''), side: 'right' },
    { title: 'EXIT', cell: (a) => (a.exit_code === undefined ? '' : String(a.exit_code)), side: 'right' },
    { title: 'PRICE', cell: (a) => `$${a.price_per_hour}/h`, side: 'right' },
    { title: 'COST', cell: (a) => (a.cost === undefined ? '' : inDollars(a.cost)), side: 'right' },
    { title: 'WHY', cell: (a) => a.message ?? a.reason ?? '' },
  ];
}
