// Makes src/catalogue.json of sources/ anew, and lists what is held back: node src/make/main.ts [--confirm FIGURE]...
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { figureKey, type Row } from '../figure.ts';
import { awsMaterial } from './aws.ts';
import { azureFigures } from './azure.ts';
import { compile, type Compiled } from './compile.ts';
import { gceFigures } from './gce.ts';
import { nebiusFigures } from './nebius.ts';
import { runpodMaterial } from './runpod.ts';

/** What the files of `sources/` come to. `earlier` and `confirmed` as `compile` takes them. */
export function catalogueOfSources(more: { readonly earlier?: readonly Row[]; readonly confirmed?: readonly string[] } = {}): Compiled {
  const prices = source('gpu-prices-2026-06-15.csv');
  const runpod = runpodMaterial(source('runpod-gpu-types.csv'));
  const aws = awsMaterial(source('aws-gpu-instance-types.csv'), prices);
  return compile({
    listings: [...runpod.listings, ...aws.listings],
    figures: [...runpod.figures, ...aws.figures, ...azureFigures(prices), ...gceFigures(prices), ...nebiusFigures(source('nebius-vms-skypilot-v8.csv'))],
    ...more,
  });
}

/** As it is kept: a line for each row, so that a change shows as one. */
export function catalogueText({ rows, held }: Compiled): string {
  const lines = (items: readonly object[]): string => items.map((item) => JSON.stringify(item)).join(',\n');
  return `{"rows":[\n${lines(rows)}\n],"held":[\n${lines(held)}\n]}\n`;
}

function source(name: string): string {
  return readFileSync(new URL(`../../sources/${name}`, import.meta.url), 'utf8');
}

if (import.meta.main) {
  const { values: { confirm: confirmed } } = parseArgs({ options: { confirm: { type: 'string', multiple: true, default: [] } } });
  const file = new URL('../catalogue.json', import.meta.url);
  const earlier = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Compiled).rows : [];
  const made = catalogueOfSources({ earlier, confirmed });
  writeFileSync(file, catalogueText(made));
  for (const figure of made.held) process.stdout.write(`${figureKey(figure)}: ${figure.reason}\n`);
  process.stdout.write(`${made.rows.length} rows are served, ${made.held.length} figures are held back\n`);
}
