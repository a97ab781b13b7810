import type { World } from '../world.ts';
import { cut } from './width.ts';

/** Lines at the bottom of a terminal that are drawn again in place. */
export interface Block {
  readonly width: number;
  draw(lines: readonly string[]): void;
  /** Leaves the lines where they are; what is written next comes below them. */
  end(): void;
}

const escape = String.fromCharCode(27);
const hideCursor = `${escape}[?25l`;
const showCursor = `${escape}[?25h`;
const clearLine = `${escape}[2K`;
const up = (lines: number): string => (lines > 0 ? `${escape}[${lines}A` : '');
const clearBelow = `${escape}[0J`;

/** The lines of a block fit the terminal: as many as it has rows, none of them wrapping. */
export function block(stream: World['stderr'], columns: number | undefined): Block {
  let drawn = 0;
  let last = '';
  return {
    get width() {
      return stream.columns ?? columns ?? 80;
    },
    draw(lines) {
      const room = Math.max(1, (stream.rows ?? 24) - 1);
      const shown = lines.length > room ? lines.slice(-room) : lines;
      const width = stream.columns ?? columns ?? 80;
      const text = shown.map((line) => `${clearLine}${cut(line, width)}\n`).join('');
      if (text === last) return;
      stream.write(`${hideCursor}${up(drawn)}\r${text}${shown.length < drawn ? clearBelow : ''}${showCursor}`);
      last = text;
      drawn = shown.length;
    },
    end() {
      drawn = 0;
      last = '';
    },
  };
}
