const longestSaid = 300;

/** What a peer that refused says first, short enough for a message; empty where it says nothing. */
export function firstLine(text: string): string {
  return (text.split('\n').map((line) => line.trim()).find((line) => line !== '') ?? '').slice(0, longestSaid);
}

/** What went wrong in the first place: `fetch` hides it behind "fetch failed". */
export function rootCause(error: unknown): Error {
  const known = error instanceof Error ? error : new Error(String(error));
  return known.cause instanceof Error ? rootCause(known.cause) : known;
}
