import type { z } from 'zod';
import { type Field, fieldsOf, kindNames, kinds } from '../src/index.ts';

/** `docs/manifests.md`, from what the schemas say of themselves. */
export function manifestReference(): string {
  return [preface, ...kindNames.map((kind) => section(kind, kinds[kind].manifest)), metadata()].join('\n\n') + '\n';
}

const preface = `# Manifests

What can be written for each kind. \`neb explain container.health_check\` shows the same in a terminal.

A file may hold several manifests, separated by \`---\`. A field that is not listed here is an error, with its line and a suggestion. A field left out has its default; a field left *empty* is an error, except \`command\` and \`args\`, where empty means the image's own. What the server adds to an object (\`status\`, \`metadata.id\` and the like) is passed over, so that what \`neb get -o yaml\` prints can be applied again. Names in brackets are other names that are understood.

| type | written as |
|---|---|
| duration | \`30s\`, \`5m\`, \`1h30m\`, \`100ms\`, \`1d\`; a bare number is seconds |
| memory | \`16Gi\`, \`512Mi\`, \`2GB\`; a bare number is GiB |
| cores | \`2\`, \`0.5\`, \`500m\` |
| money | \`0.1\` or \`"0.1"\`, kept exactly, to nine decimal places |
| port | \`8080\`, \`"80:8080"\` (host:container), \`"53/udp"\`, or a map of the fields below |
| accelerator | \`2:A100_SXM\`, \`L4\`; a bare \`A100\`, \`H100\` or \`H200\` takes any variant; case and punctuation do not matter |

This page is made from the schemas: \`pnpm test core-types/test/manifests-doc -u\`.`;

function section(kind: string, schema: z.ZodType): string {
  const rows = fieldsOf(schema).filter(({ name }) => name !== 'kind' && name !== 'metadata').flatMap((field) => rowsOf(field, ''));
  return [`## ${kind}`, schema.meta()?.description ?? '', table([...rows])].filter((part) => part !== '').join('\n\n');
}

function metadata(): string {
  const field = fieldsOf(kinds.Container.manifest).find(({ name }) => name === 'metadata');
  return ['## metadata', 'The same for every kind. A Namespace is named by `name`, or else by `namespace`.', table((field?.fields ?? []).flatMap((inner) => rowsOf(inner, '')))].join('\n\n');
}

function rowsOf(field: Field, above: string): readonly string[] {
  const path = `${above}${field.name}`;
  const aliases = field.aliases.length > 0 ? ` (${field.aliases.join(', ')})` : '';
  const must = field.required ? '**required**' : (field.fallback ?? '');
  const row = `| \`${path}\`${aliases} | ${field.type} | ${must} | ${(field.description ?? '').replaceAll('<', '&lt;')} |`;
  // A container inside another kind has the fields of a Container.
  if (field.name === 'container') return [row.replace('| map |', '| [Container](#container) |')];
  const below = field.type.startsWith('list') ? `${path}[].` : `${path}.`;
  return [row, ...field.fields.flatMap((inner) => rowsOf(inner, below))];
}

function table(rows: readonly string[]): string {
  return rows.length === 0 ? '' : ['| field | type | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}
