import { accelerators, NebError } from '@neb/core-types';
import type { Session } from '../session.ts';
import type { Target } from '../targets.ts';

/** Lists the accelerators that manifests may name, with their memory; asks no server. */
export async function known(session: Session, wanted: readonly Target[]): Promise<void> {
  const [target, ...more] = wanted;
  if (target?.kind !== 'Accelerator' || more.length > 0) throw new NebError('invalid', '--known is for accelerators', { hint: 'neb get accelerators --known' });
  const items = Object.entries(accelerators).map(([name, { memoryGB, vendor }]) => ({ name, memory_gb: memoryGB, vendor }));
  const chosen = target.names.length === 0 ? items : items.filter(({ name }) => target.names.some((one) => one.toLowerCase() === name.toLowerCase()));
  await session.out.list({
    items: chosen, name: ({ name }) => `accelerator/${name}`, id: ({ name }) => name,
    columns: [
      { title: 'NAME', cell: ({ name }) => name },
      { title: 'MEMORY', cell: ({ memory_gb: gb }) => `${gb} GB`, data: ({ memory_gb: gb }) => gb, side: 'right' },
      { title: 'VENDOR', cell: ({ vendor }) => vendor },
    ],
  });
}
