import type { z } from 'zod';
import { aliasesOf } from './alias.ts';
import { schemaAt } from './schema-at.ts';

/** Where in a document something is: names of fields and places in lists. */
export type Path = readonly (string | number)[];

/**
 * The path of a problem in the words of the document's author: other names of fields where those were used, and no deeper
 * than what was written, since `ports: ["80:99999"]` has no `ports[0].port`. A field that is missing keeps its own name.
 */
export function asWritten(path: Path, schema: z.ZodType, document: unknown): Path {
  const written: (string | number)[] = [];
  let node = document;
  for (const [depth, part] of path.entries()) {
    if (typeof node !== 'object' || node === null) break;
    const key = keyIn(node, part, schemaAt(schema, path.slice(0, depth).map(String)));
    written.push(key);
    // A map that stands for a list of keys and values has nothing more below its keys.
    if (typeof part === 'number' && !Array.isArray(node)) break;
    node = (node as Record<string | number, unknown>)[key];
  }
  return written;
}

function keyIn(node: object, part: string | number, schema: z.ZodType | undefined): string | number {
  if (typeof part === 'number') return Array.isArray(node) ? part : (Object.keys(node)[part] ?? part);
  if (part in node || schema === undefined) return part;
  const aliases = aliasesOf(schema);
  return Object.keys(node).find((key) => Object.hasOwn(aliases, key) && aliases[key] === part) ?? part;
}
