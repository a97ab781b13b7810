/** Cuts what arrives in pieces into lines, holding no more than one of them. */
export interface Lines {
  write(bytes: Uint8Array): void;
  /** What came after the last end of a line. */
  end(): void;
}

export interface LinesOptions {
  /** Longest line that is held; a longer one is told as `undefined`. */
  readonly limitBytes: number;
  readonly line: (text: string | undefined) => void;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Lines end with LF, CRLF or CR, as server-sent events have them. */
export function lines({ limitBytes, line }: LinesOptions): Lines {
  let held: Buffer[] = [];
  let size = 0;
  let isTooLong = false;
  let wasReturn = false;

  function hold(piece: Uint8Array): void {
    size += piece.byteLength;
    isTooLong ||= size > limitBytes;
    if (isTooLong) held = [];
    else if (piece.byteLength > 0) held.push(Buffer.from(piece));
  }

  function tell(): void {
    const [all, tooLong] = [held, isTooLong];
    held = [];
    size = 0;
    isTooLong = false;
    line(tooLong ? undefined : (all.length === 1 ? all[0]! : Buffer.concat(all)).toString('utf8'));
  }

  return {
    write(bytes) {
      let start = 0;
      for (let at = nextEnd(bytes, 0); at < bytes.byteLength; at = nextEnd(bytes, at + 1)) {
        // The second half of a CRLF.
        const isRest = bytes[at] === newline && wasReturn && at === start && size === 0 && !isTooLong;
        wasReturn = bytes[at] === carriageReturn;
        if (!isRest) {
          hold(bytes.subarray(start, at));
          tell();
        }
        start = at + 1;
      }
      if (start < bytes.byteLength) wasReturn = false;
      hold(bytes.subarray(start));
    },
    end() {
      if (size > 0) tell();
    },
  };
}

function nextEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.byteLength && bytes[at] !== newline && bytes[at] !== carriageReturn) at++;
  return at;
}
