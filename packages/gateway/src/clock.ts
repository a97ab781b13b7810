/** Milliseconds that only ever go up, to fractions of one: differences between two looks are what counts. */
export const monotonic = (): number => performance.now();
