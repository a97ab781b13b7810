/** Characters that take two columns: East Asian wide forms and emoji. */
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
/** Characters that take none: combining marks, joiners, and control characters. */
const none = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u;
// eslint's no-control-regex would refuse a literal escape character.
const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
const plain = /^[\x20-\x7e]*$/;

/** Columns that `text` takes on a terminal; colours take none. */
export function displayWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const char of text.replaceAll(escapes, '')) width += none.test(char) ? 0 : wide.test(char) ? 2 : 1;
  return width;
}

/** `text` in at most `width` columns, with `mark` where it was cut. The text has no colours. */
export function truncate(text: string, width: number, mark = '…'): string {
  if (displayWidth(text) <= width) return text;
  const room = width - displayWidth(mark);
  let kept = '';
  let taken = 0;
  for (const char of text) {
    taken += displayWidth(char);
    if (taken > room) break;
    kept += char;
  }
  return kept + mark;
}

/** A line of a terminal, with colours, in at most `width` columns; where it is cut, colours end. */
export function cut(line: string, width: number): string {
  if (displayWidth(line) <= width) return line;
  const parts = line.split(new RegExp(`(${escapes.source})`));
  let room = width;
  // Every other part is a colour, which takes no room.
  const kept = parts.map((part, at) => {
    if (at % 2 === 1) return part;
    const shown = truncate(part, room, '');
    room -= displayWidth(shown);
    return shown;
  });
  return kept.join('');
}

/** `text` filled up to `width` columns. */
export function pad(text: string, width: number, side: 'left' | 'right' = 'right'): string {
  const fill = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return side === 'right' ? text + fill : fill + text;
}

/** `text` without what would move a terminal's cursor or colour it: what others wrote is shown, not obeyed. */
export function harmless(text: string): string {
  return plain.test(text) ? text : text.replaceAll(escapes, '').replaceAll(/[\r\n\t]+/g, ' ').replaceAll(/\p{Cc}/gu, '');
}
