import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { formatBytes, NebError } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import { find, refTo, slashName } from '../objects.ts';
import type { Attach, Run } from '../verb.ts';

interface ExportFlags {
  readonly to?: string;
}

interface ImportFlags {
  readonly name?: string;
  readonly ttl?: string;
}

export const attach: Attach = (command, act) => {
  command.addHelpText('before', examples('Take snapshots out as files, and in again, here or at another server.', [
    ['neb snapshot export epoch-3 --to epoch-3.snapshot -n training', ''],
    ['neb snapshot import epoch-3.snapshot --name epoch-3', ''],
    ['neb create container again --snapshot epoch-3', 'goes on from it'],
  ]));
  command.command('export').summary('Write a snapshot to a file').argument('<name>', 'the snapshot').option('--to <file>', 'where to; NAME.snapshot if absent').action(act<ExportFlags>(exportOne));
  command.command('import').summary('Take in a snapshot from a file').argument('<file>').option('--name <name>', 'what to call it; as the file if absent').option('--ttl <duration>', 'how long it is kept; 7d if absent').action(act<ImportFlags>(importOne));
};

const exportOne: Run<ExportFlags> = async (session, { words: [name = ''], options }) => {
  const snapshot = await find(session, 'Snapshot', name);
  const path = options.to ?? `${snapshot.metadata.name}.snapshot`;
  const draft = `${path}.part`;
  let bytes = 0;
  try {
    const file = await open(draft, 'w', 0o600).catch((cause: unknown) => {
      throw new NebError('invalid', `${draft} cannot be written here`, { cause });
    });
    try {
      for await (const chunk of await (await session.neb()).snapshots.export(refTo(snapshot), session)) {
        await file.writeFile(chunk);
        bytes += chunk.byteLength;
      }
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  await session.out.value({ kind: 'Export', snapshot: snapshot.metadata.name, to: path, bytes }, () => `${slashName(snapshot)} is in ${path} (${formatBytes(bytes)}); it holds what its processes held, secrets included\n`);
};

const importOne: Run<ImportFlags> = async (session, { words: [path = ''], options }) => {
  await stat(path).catch((cause: unknown) => {
    throw new NebError('not_found', `there is no ${path} here`, { cause });
  });
  const name = options.name ?? basename(path).replace(/\.snapshot$/, '');
  const { namespaceInUse } = await import('../objects.ts');
  const snapshot = await (await session.neb()).snapshots.import({ name, namespace: await namespaceInUse(session), ...(options.ttl !== undefined && { ttl: options.ttl }) }, createReadStream(path), session);
  await session.out.value(snapshot, () => `${slashName(snapshot)} is imported\n`);
};
