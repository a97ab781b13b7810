/** A JSON text that all readers read alike, or why they may not. */
export type StrictJson = { readonly value: unknown } | { readonly problem: string };

/** Deeper texts are not trusted to be read alike: many readers have a limit, and some crash. */
const deepest = 200;

/** What `text` says, unless a key is there twice (readers differ in which one counts) or it is nested too deeply. */
export function strictJson(text: string): StrictJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // What the parser says quotes the text, which may hold a secret.
    return { problem: 'it is not JSON' };
  }
  const problem = textProblem(text);
  return problem === undefined ? { value } : { problem };
}

/** Goes over a text that is known to be JSON, so that strings, colons and brackets are where they belong. */
function textProblem(text: string): string | undefined {
  // The keys of each open object; `undefined` for an array.
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '{' || char === '[') {
      if (open.push(char === '{' ? new Set() : undefined) > deepest) return `it is nested deeper than ${deepest} levels`;
    } else if (char === '}' || char === ']') {
      open.pop();
    } else if (char === '"') {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (keys && isKey(text, end)) {
        const key = JSON.parse(text.slice(at, end + 1)) as string;
        if (keys.has(key)) return 'a key is there twice';
        keys.add(key);
      }
      at = end;
    }
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return text[at] === ':';
}
