import { kindEntry } from '../kinds/table.ts';
import type { Session } from '../session.ts';
import type { Ready } from './read.ts';

/** Says that manifests passed their check here; programs get them with defaults filled in and spellings settled. */
export async function checkedHere(session: Session, manifests: readonly Ready[]): Promise<void> {
  const { out } = session;
  const name = ({ kind, metadata }: Ready['manifest']): string => `${kindEntry(kind).singular}/${metadata.name ?? '<made up>'}`;
  const items = manifests.map(({ manifest }) => manifest);
  if (out.forPeople) return out.write(items.map((manifest) => `${name(manifest)} is valid (client dry run)\n`).join(''));
  return out.list({
    items, name, id: (manifest) => manifest.metadata.name ?? '', single: true,
    columns: [
      { title: 'KIND', cell: (manifest) => manifest.kind },
      { title: 'NAMESPACE', cell: (manifest) => manifest.metadata.namespace ?? '' },
      { title: 'NAME', cell: (manifest) => manifest.metadata.name ?? '' },
    ],
  });
}
