import picocolors from 'picocolors';

/** How a stream may be written to. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly marks: Marks;
}

export interface Marks {
  readonly good: string;
  readonly bad: string;
  readonly warn: string;
  readonly more: string;
  readonly bullet: string;
}

const unicode: Marks = { good: '✓', bad: '✗', warn: '!', more: '…', bullet: '•' };
const ascii: Marks = { good: '+', bad: 'x', warn: '!', more: '..', bullet: '*' };

/** Colours and marks for a stream; without colour every word still stands for itself. */
export function style({ colour, utf8 }: { readonly colour: boolean; readonly utf8: boolean }): Style {
  const { bold, dim, red, green, yellow, cyan } = picocolors.createColors(colour);
  return { bold, dim, red, green, yellow, cyan, marks: utf8 ? unicode : ascii };
}

/** A status word in the colour it has everywhere. */
export function statusColour(word: string, { green, red, yellow, cyan, dim }: Style): (text: string) => string {
  switch (word) {
    case 'running': case 'active': case 'ready': case 'yes': return green;
    case 'failed': case 'no': case 'warning': case 'stalled': return red;
    case 'pending': case 'queued': case 'creating': case 'restarting': case 'scaling': case 'updating': return cyan;
    case 'deleting': case 'stopped': case 'paused': return yellow;
    case 'completed': case 'deleted': case 'idle': return dim;
    default: return String;
  }
}
