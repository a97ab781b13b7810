/** How long until one that starts is ready, in milliseconds, where one takes `startMs` from being asked for: one that is overdue is expected to take as long again as it is late. Pure. */
export function untilReadyMs(since: number, now: number, startMs: number): number {
  return Math.abs(startMs - (now - since));
}
