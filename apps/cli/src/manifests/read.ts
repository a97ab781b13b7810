import { type Kind, type Manifest, NebError, parseManifest } from '@neb/core-types';
import { type ManifestDocument, parseManifests, problemLine } from '@neb/sdk/manifest';
import type { Session } from '../session.ts';
import type { Setting } from '../settings/settings.ts';
import { readSources } from './sources.ts';

/** A manifest that passed its schema here. */
export interface Ready {
  readonly manifest: Manifest;
  /** What to send: as written, with its kind and namespace filled in. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ReadOptions {
  readonly files: readonly string[];
  readonly recursive?: boolean | undefined;
  /** What a document is that names no kind. */
  readonly fallbackKind?: Kind | undefined;
  /** Parts of manifests are good enough: only their fields are checked. */
  readonly fragment?: boolean | undefined;
}

/**
 * Every manifest of `-f`, checked and with its namespace filled in. Throws one `invalid` that names all that is wrong, each as
 * `file:line:column: field: message`.
 */
export async function readManifests(session: Session, options: ReadOptions): Promise<readonly Ready[]> {
  const sources = await readSources(options.files, { world: session.world, recursive: options.recursive });
  const parsed = sources.map(({ file, text }) => parseManifests(text, { file, fallbackKind: options.fallbackKind, fragment: options.fragment }));
  const problems = parsed.flatMap((one) => one.problems);
  if (problems.length > 0) throw new NebError('invalid', problems.map(problemLine).join('\n'), { details: { problems } });
  const documents = parsed.flatMap((one) => one.documents);
  if (documents.length === 0) throw new NebError('invalid', `${options.files.join(', ')}: there is no manifest in it`);
  const { namespace } = await session.settings();
  return documents.map((document) => {
    refuseOtherNamespace(document, namespace);
    return ready(document.manifest, document.raw as Ready['body'], namespace);
  });
}

/** A manifest made of flags. Throws `invalid` naming the field. */
export async function manifestOf(session: Session, body: Readonly<Record<string, unknown>>): Promise<Ready> {
  const { namespace } = await session.settings();
  return ready(parseManifest(body), body, namespace);
}

/** `one` under another name. */
export function renamed(one: Ready, name: string): Ready {
  const metadata = { ...one.manifest.metadata, name };
  return { manifest: { ...one.manifest, metadata }, body: { ...one.body, metadata: { ...(one.body.metadata as object | undefined), name } } };
}

function ready(manifest: Manifest, raw: Ready['body'], namespace: Setting | undefined): Ready {
  const { kind, metadata } = manifest;
  const body = { ...raw, kind };
  if (!namespace || kind === 'Namespace' || metadata.namespace !== undefined) return { manifest, body };
  return {
    manifest: { ...manifest, metadata: { ...metadata, namespace: namespace.value } },
    body: { ...body, metadata: { ...(raw.metadata as object | undefined), namespace: namespace.value } },
  };
}

function refuseOtherNamespace({ manifest, file, position }: ManifestDocument, namespace: Setting | undefined): void {
  const { kind, metadata } = manifest;
  if (kind === 'Namespace' || namespace?.origin !== '--namespace' || metadata.namespace === undefined || metadata.namespace === namespace.value) return;
  throw new NebError('invalid', `${file}:${position.line}:${position.column}: metadata.namespace: it says ${metadata.namespace}, but -n says ${namespace.value}`, {
    hint: 'Leave one of them out.',
  });
}
