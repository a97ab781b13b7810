/** Something that bytes go through, with Node's clock of its own that each of them sets back. */
export interface Moving {
  readonly destroyed: boolean;
  setTimeout(ms: number, look: () => void): unknown;
}

/** Calls `look` each time that nothing moved for `ms`, until it is destroyed. Node tells it once, and again only after something moved. */
export function whenStill(of: Moving, ms: number, look: () => void): void {
  of.setTimeout(ms, () => {
    look();
    if (!of.destroyed) whenStill(of, ms, look);
  });
}
