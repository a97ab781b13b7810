/** A request that means harm, and what it is answered. */
export interface Hostile {
  readonly name: string;
  /** As it goes over the wire, one character a byte. */
  readonly bytes: string;
  /**
   * A status: it is refused with it, and no replica sees anything. `passes`: it is harmless by then, and a replica sees
   * just this one request. `closes`: no answer, as there is nothing to answer.
   */
  readonly answer: number | 'passes' | 'closes';
  /** What the replica must not have been told, in its header's lines; for what passes. */
  readonly without?: RegExp;
  /** What the replica must have been told. */
  readonly having?: RegExp;
}

/** A request of lines; the last two are the empty ones that end its header. */
export function lines(...of: readonly string[]): string {
  return `${of.join('\r\n')}\r\n\r\n`;
}

/** A GET of `/` at the visible route with more header lines. */
export function withHeaders(...more: readonly string[]): string {
  return lines('GET / HTTP/1.1', 'Host: a.test', 'Connection: close', ...more);
}

/** What a smuggler wants a replica to see. */
export const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n';
