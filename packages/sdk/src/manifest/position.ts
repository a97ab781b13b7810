import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, type LineCounter, type ParsedNode } from 'yaml';

/** Where something stands in a file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type YamlDocument = Document.Parsed<ParsedNode>;

/** Where the field at `path` is written: its key in a map, itself in a list; where it is missing, the nearest thing around it. */
export function positionOf(document: YamlDocument, lines: LineCounter, path: readonly (string | number)[]): Position {
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? document.range[0];
  for (const part of path) {
    const container = isAlias(node) ? node.resolve(document) : node;
    if (isMap(container)) {
      const pair = container.items.find((item) => isPair(item) && keyOf(item.key) === String(part));
      if (!pair) break;
      offset = offsetOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(container)) {
      node = container.items[Number(part)];
      if (node === undefined) break;
      offset = offsetOf(node) ?? offset;
    } else {
      break;
    }
  }
  return at(lines, offset);
}

export function at(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
