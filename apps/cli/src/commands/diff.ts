import { NebError } from '@neb/core-types';
import type { Applied } from '@neb/sdk';
import { unifiedDiff } from '../diff.ts';
import { examples } from '../help/examples.ts';
import { collect } from '../manifests/flags.ts';
import { readManifests } from '../manifests/read.ts';
import { harmless } from '../render/width.ts';
import type { Style } from '../render/style.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags {
  readonly file?: readonly string[];
  readonly recursive?: boolean;
}

export const attach: Attach = (command, act) => {
  command
    .option('-f, --file <file>', 'manifest: file, folder, URL, or - for stdin; more than once', collect)
    .option('-R, --recursive', 'with a folder: the folders within it too')
    .addHelpText('before', examples('Show what apply would change, and change nothing. Exits with 0 where nothing would, with 1 where something would, with more on errors.', [
      ['neb diff -f job.yaml', ''],
      ['neb diff -f deploy/ -R && echo "nothing to do"', ''],
    ]))
    .action(act<Flags>(diff));
};

const diff: Run<Flags> = async (session, { words, options }) => {
  const files = options.file ?? words;
  if (files.length === 0) throw new NebError('invalid', 'compare which manifests?', { hint: 'neb diff -f FILE; - reads stdin.' });
  const manifests = await readManifests(session, { files, recursive: options.recursive });
  const applied = await (await session.neb()).apply(manifests.map(({ body }) => body), { mode: 'apply', dryRun: true }, session);
  const differing = applied.filter(({ outcome }) => outcome !== 'unchanged');
  const { stringify } = await import('yaml');
  const text = (fields: Applied['after'] | undefined): string => (fields ? stringify(fields, { lineWidth: 0 }) : '');
  const shown = differing.map((one) => ({ ...one, diff: unifiedDiff(text(one.before), text(one.after)) }));
  await session.out.value({ kind: 'List', differs: shown.length > 0, items: shown }, () => shown.map((one) => fileDiff(one, session.out.style)).join(''));
  return shown.length > 0 ? 1 : 0;
};

function fileDiff(one: Applied & { readonly diff: readonly string[] }, { red, green, cyan, bold }: Style): string {
  const name = `${one.kind.toLowerCase()}/${one.namespace === '' ? '' : `${one.namespace}/`}${one.name}`;
  const restart = one.restarts && one.outcome === 'configured' ? '  (restarts it)' : '';
  const unpinned = one.changes.includes('status.pinned') ? '  (the number set by hand goes)' : '';
  const paint = (line: string): string => (line.startsWith('@@') ? cyan(line) : line.startsWith('+') ? green(line) : line.startsWith('-') ? red(line) : line);
  return [bold(`--- ${one.before ? name : '/dev/null'}`), bold(`+++ ${name}${restart}${unpinned}`), ...one.diff.map((line) => paint(harmless(line)))].map((line) => `${line}\n`).join('');
}
