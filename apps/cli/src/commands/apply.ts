import { NebError } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import { collect } from '../manifests/flags.ts';
import { readManifests } from '../manifests/read.ts';
import { addWriteFlags, type WriteFlags, writeManifests } from '../manifests/write.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags extends WriteFlags {
  readonly file?: readonly string[];
  readonly recursive?: boolean;
  readonly force?: boolean;
}

export const attach: Attach = (command, act) => {
  command
    .option('-f, --file <file>', 'manifest: file, folder, URL, or - for stdin; more than once', collect)
    .option('-R, --recursive', 'with a folder: the folders within it too')
    .option('--force', 'delete and make anew what cannot be changed; its files are lost');
  addWriteFlags(command)
    .addHelpText('before', examples('Bring objects in line with their manifests: created, configured, unchanged or replaced. Repeating it changes nothing.', [
      ['neb apply -f job.yaml', ''],
      ['neb apply -f deploy/ -R', 'all of a folder'],
      ['cat job.yaml | neb apply -f -', ''],
      ['neb diff -f job.yaml', 'look first'],
    ]))
    .action(act<Flags>(apply));
};

const apply: Run<Flags> = async (session, { words, options }) => {
  const files = options.file ?? words;
  if (files.length === 0) throw new NebError('invalid', 'apply which manifests?', { hint: 'neb apply -f FILE; - reads stdin.' });
  const fragment = options.dryRun === true || options.dryRun === 'client';
  const manifests = await readManifests(session, { files, recursive: options.recursive, fragment });
  return writeManifests(session, manifests, { ...options, mode: options.force ? 'replace' : 'apply' });
};
