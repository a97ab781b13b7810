import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isNebError, NebError } from '@neb/core-types';
import { formatManifest, parseOrThrow } from '@neb/sdk/manifest';
import { examples } from '../help/examples.ts';
import { addWriteFlags, type WriteFlags, writeManifests } from '../manifests/write.ts';
import { type AnyObject, find, slashName } from '../objects.ts';
import type { Session } from '../session.ts';
import { oneTarget } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags extends WriteFlags {
  readonly force?: boolean;
}

export const attach: Attach = (command, act) => {
  command.argument('<kind>', 'container, processor, service or namespace; or KIND/NAME').argument('[name]').option('--force', 'delete and make anew what cannot be changed; its files are lost');
  addWriteFlags(command)
    .addHelpText('before', examples('Change an object in your editor ($NEB_EDITOR, $VISUAL or $EDITOR). Closing it unchanged changes nothing.', [
      ['neb edit container web -n my-app', ''],
      ['EDITOR="code --wait" neb edit container/web', ''],
    ]))
    .action(act<Flags>(edit));
};

const edit: Run<Flags> = async (session, { words, options }) => {
  const { kind, name } = oneTarget(words);
  const object = await find(session, kind, name);
  if (object.kind === 'Secret') throw new NebError('unsupported', 'a secret\'s value is not shown in an editor', { hint: `Change it with neb create secret ${name} --dry-run=client -o yaml --from-file FILE | neb apply -f -` });
  const folder = await mkdtemp(join(tmpdir(), 'neb-edit-'));
  const file = join(folder, `${name.replaceAll(/[^\w.-]/g, '_')}.yaml`);
  const original = formatManifest(object);
  await writeFile(file, `${note([`${slashName(object)}: save to apply, close without a change to leave it as it is.`])}${original}`, { mode: 0o600 });
  for (;;) {
    await openEditor(session, file);
    const text = await readFile(file, 'utf8');
    if (withoutNotes(text) === withoutNotes(original) || withoutNotes(text).trim() === '') {
      await rm(folder, { recursive: true });
      await session.out.value({ kind: object.kind, name, outcome: 'unchanged' }, () => `${slashName(object)} unchanged\n`);
      return;
    }
    try {
      await write(session, { object, text, file }, options);
      await rm(folder, { recursive: true });
      return;
    } catch (error) {
      if (!isNebError(error, 'invalid') && !isNebError(error, 'conflict')) throw kept(error, file);
      if (!session.canAsk) throw kept(error, file);
      session.note(error.message);
      // Opened again with what is wrong on top, until it is right or left unchanged.
      const again = `${note([...error.message.split('\n'), 'Mend it and save, or empty the file to give up.'])}${withoutNotes(text)}`;
      await writeFile(file, again);
    }
  }
};

interface Edited {
  readonly object: AnyObject;
  readonly text: string;
  readonly file: string;
}

async function write(session: Session, { object, text, file }: Edited, options: Flags): Promise<void> {
  const manifests = parseOrThrow(text, { file }).map(({ manifest, raw }) => ({ manifest, body: raw as Readonly<Record<string, unknown>> }));
  const [one] = manifests;
  const { kind, metadata } = object;
  if (manifests.length !== 1 || one!.manifest.kind !== kind || one!.manifest.metadata.name !== metadata.name) {
    throw new NebError('invalid', `${file}: the kind and the name cannot be changed here`, { hint: 'Make a new object with neb create.' });
  }
  const now = await find(session, kind, metadata.name);
  if (now.metadata.id !== metadata.id || now.metadata.generation !== metadata.generation) {
    throw new NebError('conflict', `${slashName(object)} was changed by another while you edited it`, { hint: `neb get ${slashName(object)} -o yaml shows how it is now; your text is in ${file}.` });
  }
  await writeManifests(session, manifests, { ...options, mode: options.force ? 'replace' : 'apply' });
}

async function openEditor({ world }: Session, file: string): Promise<void> {
  const editor = world.env.editor ?? 'vi';
  // Editors are given with flags, as in "code --wait"; the shell takes them apart.
  const child = spawn('sh', ['-c', `${editor} "$0"`, file], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new NebError('failed', `the editor "${editor}" ended with ${code === null ? 'a signal' : `exit code ${code}`}; nothing was changed`, { hint: 'NEB_EDITOR or EDITOR names another.' });
}

function note(lines: readonly string[]): string {
  return lines.map((line) => `# ${line}\n`).join('');
}

function withoutNotes(text: string): string {
  return text.replace(/^(#.*\n)+/, '');
}

function kept(error: unknown, file: string): unknown {
  if (!isNebError(error)) return error;
  return new NebError(error.code, error.message, { cause: error, details: error.details, hint: `${error.hint === undefined ? '' : `${error.hint} `}Your text is in ${file}.` });
}
