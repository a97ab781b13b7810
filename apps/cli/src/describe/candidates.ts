import type { CandidateView } from '@neb/sdk';
import { priceText } from '../render/price.ts';
import type { Column } from '../render/table.ts';
import type { Moment } from '../kinds/moment.ts';
import { rowsOf, type Section } from './sections.ts';

const mostShown = 15;

/** Offers as they were judged for a container, the best first. */
export function candidateSections(candidates: readonly CandidateView[], moment: Moment): readonly Section[] {
  const rest = candidates.length - mostShown;
  return [
    { title: 'Offers', rows: rowsOf(candidateColumns(moment), candidates.slice(0, mostShown)) },
    ...(rest > 0 ? [{ title: 'More offers', lines: [`${rest} more: -o json shows them`] }] : []),
  ];
}

function candidateColumns({ style: { green, red } }: Moment): readonly Column<CandidateView>[] {
  return [
    { title: 'PLATFORM', cell: (c) => c.platform },
    { title: 'OFFER', cell: (c) => c.offer, shrinks: true },
    { title: 'REGION', cell: (c) => c.region },
    { title: 'ACCELERATOR', cell: (c) => c.accelerator ?? '' },
    { title: 'PRICE', cell: (c) => priceText(c), side: 'right' },
    { title: 'FITS', cell: (c) => (c.fits ? 'yes' : 'no'), colour: (c, text) => (c.fits ? green(text) : red(text)) },
    { title: 'WHY NOT', cell: (c) => c.why ?? '' },
  ];
}
