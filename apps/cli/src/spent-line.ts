import { formatDuration } from '@neb/core-types';
import type { Spending } from '@neb/sdk';
import { spendingOf, standingsOf } from './kinds/spending.ts';
import { type AnyObject, slashName } from './objects.ts';
import { moneysText } from './render/money.ts';
import type { Session } from './session.ts';

/** Of more than these nothing is told. */
const most = 20;

/** Such as `container/web: it ran 2h13m and cost $4.66`, for people; nothing of what cost nothing. */
export async function spentLines(session: Session, objects: readonly AnyObject[]): Promise<readonly string[]> {
  if (!session.out.forPeople || session.flags.quiet) return [];
  const lines: string[] = [];
  for (const kind of ['Container', 'Service', 'Processor'] as const) {
    const some = objects.filter((object) => object.kind === kind);
    if (some.length === 0 || some.length > most) continue;
    const spending = await spendingOf(session, kind, some);
    for (const object of some) {
      const line = spentLine(object, spending.get(object.metadata.id));
      if (line !== undefined) lines.push(line);
    }
  }
  return lines;
}

export function spentLine(object: AnyObject, spending: Spending | undefined): string | undefined {
  const cost = spending && standingsOf(spending, 'meters' in object ? (object.meters ?? []) : []).flatMap(({ currency, spent }) => (Number(spent) > 0 ? [{ currency, amount: spent }] : []));
  if (!spending || !cost || cost.length === 0) return undefined;
  const ran = Number(spending.seconds) > 0 ? `ran ${formatDuration(1_000 * Number(spending.seconds))} and ` : '';
  return `${slashName(object)}: it ${ran}cost ${moneysText(cost)}`;
}
