import { writeFile } from 'node:fs/promises';
import { messageOf, NebError, timestamp, type UsageDimension } from '@neb/core-types';
import type { UsageInput } from '@neb/sdk';
import type { Session } from '../session.ts';
import { costPage } from './page.ts';

export interface ReportRequest {
  /** `-` for standard output. */
  readonly file: string;
  readonly query: UsageInput;
  /** What to tell apart by; the usual if absent. */
  readonly by?: readonly UsageDimension[] | undefined;
}

const usual: readonly UsageDimension[] = ['owner', 'namespace', 'service', 'processor', 'container', 'platform', 'accelerator'];

/** Writes what the query asks for as a page with plots. */
export async function writeReport(session: Session, { file, query, by = usual }: ReportRequest): Promise<void> {
  const neb = await session.neb();
  const asked = async (...dimensions: readonly UsageDimension[]) => (await neb.billing.cost({ ...query, by: dimensions, limit: 10_000 }, session)).items;
  const words = by.filter((one) => one !== 'day');
  const [totals, days, ...items] = await Promise.all([asked(), asked('day'), ...words.map((one) => asked(one))]);
  const page = costPage({
    about: aboutOf(query), madeAt: timestamp(session.world.clock.now()), totals, days, groups: words.map((one, nth) => ({ by: one, items: items[nth]! })),
  });
  if (file === '-') return await session.out.write(page);
  await writeFile(file, page).catch((error: unknown) => { throw new NebError('invalid', `${file} cannot be written: ${messageOf(error)}`); });
  await session.out.value({ kind: 'Report', file }, () => `${file} written; a browser shows it\n`);
}

function aboutOf({ namespace, owner, kind, labels = {}, since, until }: UsageInput): readonly string[] {
  const time = since === undefined && until === undefined ? 'all time' : `${since ?? 'the beginning'} to ${until ?? 'now'}`;
  return [
    time, ...(namespace === undefined ? [] : [`namespace ${namespace}`]), ...(owner === undefined ? [] : [`owner ${owner}`]), ...(kind === undefined ? [] : [`${kind} only`]),
    ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
  ];
}
