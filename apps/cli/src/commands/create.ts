import { NebError } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import type { IdentityFlags } from './create-identity.ts';
import { findKind, identityKind, notYet, objectKind } from '../kinds/table.ts';
import { addContainerFlags, collect, type ContainerFlags, containerBody, labelsOf } from '../manifests/flags.ts';
import { manifestOf, type Ready, readManifests, renamed } from '../manifests/read.ts';
import { addWriteFlags, type WriteFlags, writeManifests } from '../manifests/write.ts';
import { type ExpiryFlags, secretExpiry } from '../manifests/secret-expiry.ts';
import { secretValue, type SecretFlags } from '../manifests/secret-value.ts';
import type { Session } from '../session.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags extends ContainerFlags, ExpiryFlags, SecretFlags, WriteFlags, IdentityFlags {
  readonly file?: readonly string[];
  readonly recursive?: boolean;
  readonly name?: string;
  readonly label?: readonly string[];
}

export const attach: Attach = (command, act) => {
  command
    .argument('[kind]', 'container, processor, service, secret, namespace, key, organisation or serviceaccount; a file may say it itself')
    .argument('[name]', 'name of the object; made up if absent')
    .argument('[words...]', 'after --: the container\'s command')
    .option('-f, --file <file>', 'manifest: file, folder, URL, or - for stdin; more than once', collect)
    .option('-R, --recursive', 'with a folder: the folders within it too')
    .option('--name <name>', 'the same as NAME')
    .option('--label <key=value>', 'label to select by; more than once', collect);
  addWriteFlags(command);
  command
    .optionsGroup('A secret:')
    .option('--value <text>', 'its value, or - for stdin; better from there or a file, out of your shell\'s history')
    .option('--from-file <[key=]file>', 'file with the value, or - for stdin; with a key, or more than once: fields of a JSON object', collect)
    .option('--from-env-file <file>', 'file of KEY=VALUE lines: fields of a JSON object; more than once', collect)
    .option('--expires-at <time>', 'the same as --expires')
    .optionsGroup('A secret or a key:')
    .option('--expires <time>', 'when it can no longer be used: 30d, RFC 3339, or seconds since 1970')
    .optionsGroup('A namespace, an organisation or a key:')
    .option('--owner <name>', 'user or organisation it belongs to')
    .optionsGroup('A key or a service account:')
    .option('--service <name>', 'a key that opens the door of this service, and nothing else')
    .option('--service-account <id>', 'whose key: NAME@ORGANISATION; yours if absent')
    .option('--scope-namespace <name>', 'a key for this namespace only; more than once', collect)
    .option('--scope-verb <verb>', 'a key for this verb only, or read, write, run; more than once', collect)
    .option('--spend-cap <amount>', 'most that may be spent with a key')
    .option('--organisation <name>', 'a service account\'s')
    .option('--role <role>', 'a service account\'s: owner, admin, developer, viewer or billing');
  addContainerFlags(command)
    .addHelpText('before', examples('Make new objects. A name that is taken is an error; apply changes what is there.', [
      ['neb create container -f job.yaml', 'of a manifest'],
      ['neb create processor -f examples/processors/translator.yaml', ''],
      ['neb create service -f examples/service/vllm-qwen.yaml', ''],
      ['neb create -f jobs/ -R --wait', 'all of a folder, to the moment they run'],
      ['neb create container hello --image busybox --cmd "echo hello"', 'of flags'],
      ['neb create secret my-secret --from-file key.txt -n my-app', 'value kept out of the command line'],
      ['neb create secret db --from-env-file .env --expires 30d', 'a field for each variable'],
      ['neb create namespace my-app --owner acme', ''],
      ['neb create organisation acme', ''],
      ['neb create key ci --expires 30d --scope-namespace my-app', 'prints its token, this once'],
      ['neb create key web --service chat --expires 30d', 'opens the door of that service alone'],
      ['neb create -f job.yaml --dry-run=server -o json', 'what would happen'],
    ]))
    .action(act<Flags>(create));
};

const create: Run<Flags> = async (session, { words, options }) => {
  const [kindWord, nameWord, ...rest] = words;
  const name = nameWord ?? options.name;
  const who = options.file ? undefined : identityKind(kindWord ?? '');
  if (who) return (await import('./create-identity.ts')).createIdentity(session, { kind: who, name }, options);
  const manifests = options.file ? await ofFiles(session, kindWord, { ...options, ...(name !== undefined && { name }) }) : [await ofFlags(session, { kindWord, name, rest }, options)];
  return writeManifests(session, manifests, { ...options, mode: 'create' });
};

async function ofFiles(session: Session, kindWord: string | undefined, options: Flags): Promise<readonly Ready[]> {
  const entry = kindWord === undefined ? undefined : findKind(kindWord);
  if (kindWord !== undefined && entry === undefined) objectKind(kindWord);
  if (entry?.is === 'view') objectKind(entry.plural);
  // The original kept a file's text as a secret's value.
  if (entry?.kind === 'Secret' && options.name !== undefined && !/\.(ya?ml|json)$/i.test(options.file?.[0] ?? '')) {
    return [await ofFlags(session, { kindWord: 'secret', name: options.name, rest: [] }, { ...options, fromFile: [options.file?.[0] ?? '-'] })];
  }
  const fallbackKind = entry?.is === 'object' ? entry.kind : undefined;
  const fragment = options.dryRun === true || options.dryRun === 'client';
  const manifests = await readManifests(session, { files: options.file ?? [], recursive: options.recursive, fallbackKind, fragment });
  const other = entry && manifests.find(({ manifest }) => manifest.kind !== entry.kind);
  if (other) throw new NebError('invalid', `${options.file?.join(', ')} holds a ${other.manifest.kind}, not a ${entry.kind}`, { hint: 'Leave the kind out: neb create -f FILE.' });
  if (options.name === undefined) return manifests;
  if (manifests.length > 1) throw new NebError('invalid', `there are ${manifests.length} manifests for the one name ${options.name}`);
  return manifests.map((one) => renamed(one, options.name!));
}

interface Words {
  readonly kindWord: string | undefined;
  readonly name: string | undefined;
  readonly rest: readonly string[];
}

async function ofFlags(session: Session, { kindWord, name, rest }: Words, options: Flags): Promise<Ready> {
  if (kindWord === undefined) throw new NebError('invalid', 'create what?', { hint: 'Give a file: neb create -f FILE; or a kind: neb create container NAME --image IMAGE.' });
  const entry = findKind(kindWord);
  if (entry?.is === 'later') throw notYet(entry);
  const { kind } = objectKind(kindWord);
  const labels = labelsOf(options.label);
  const metadata = { ...(name !== undefined && { name }), ...(labels && { labels }) };
  switch (kind) {
    case 'Container': {
      if (options.image === undefined && rest.length === 0) throw new NebError('invalid', 'a container needs an image or a file', { hint: 'neb create container NAME --image IMAGE, or -f FILE.' });
      return manifestOf(session, { kind, metadata, ...containerBody(options, rest) });
    }
    case 'Secret': {
      if (name === undefined) throw new NebError('invalid', 'a secret needs a name', { hint: 'neb create secret NAME --from-file FILE' });
      // A value with a space in it that was not quoted: half of it would be kept.
      if (rest.length > 0) throw new NebError('invalid', `"${rest[0]}" is one word too many for a secret`, { hint: 'Put quotes around the value: --value "$VALUE".' });
      const expiresAt = secretExpiry(options, session.world.clock.now());
      return manifestOf(session, { kind, metadata, value: await secretValue(session, options), ...(expiresAt !== undefined && { expires_at: expiresAt }) });
    }
    case 'Snapshot': throw new NebError('invalid', 'a snapshot is taken of a container', { hint: 'neb checkpoint CONTAINER --name NAME' });
    case 'Processor': case 'Service': case 'Budget': {
      const word = kind.toLowerCase();
      throw new NebError('invalid', `a ${word} needs a file`, { hint: `neb create ${word} -f FILE; neb explain ${word} tells what stands in it.` });
    }
    case 'Namespace': {
      if (name === undefined) throw new NebError('invalid', 'a namespace needs a name', { hint: 'neb create namespace NAME' });
      return manifestOf(session, { kind, metadata: { ...metadata, ...(options.owner !== undefined && { owner: options.owner }) } });
    }
  }
}
