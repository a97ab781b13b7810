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
    // The gateway may use its own again once it has passed on.
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
    write(piece) {
      const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      let start = 0;
      for (let at = nextEnd(bytes, 0); at < bytes.byteLength; at = nextEnd(bytes, at + 1)) {
        const isEmpty = at === start && size === 0;
        // The second half of a CRLF.
        const isRest = isEmpty && bytes[at] === newline && wasReturn;
        wasReturn = bytes[at] === carriageReturn;
        if (!isRest && size === 0 && at - start <= limitBytes) line(isEmpty ? '' : bytes.toString('utf8', start, at));
        else if (!isRest) {
          hold(bytes.subarray(start, at));
          tell();
        }
        start = at + 1;
      }
      if (start < bytes.byteLength) {
        wasReturn = false;
        hold(bytes.subarray(start));
      }
    },
    end() {
      if (size > 0) tell();
    },
  };
}

function nextEnd(bytes: Buffer, from: number): number {
  let at = from;
  for (let byte = bytes[at]; byte !== undefined && byte !== newline && byte !== carriageReturn; byte = bytes[++at]);
  return at;
}
