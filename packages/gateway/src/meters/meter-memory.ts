/** What all meters of a process hold together, in bytes. */
export interface MeterMemory {
  /** False where there is not so much left, and nothing is taken. */
  take(bytes: number): boolean;
  give(bytes: number): void;
  readonly usedBytes: number;
}

export function meterMemory(limitBytes: number): MeterMemory {
  let used = 0;
  return {
    take(bytes) {
      if (used + bytes > limitBytes) return false;
      used += bytes;
      return true;
    },
    give(bytes) {
      used -= bytes;
    },
    get usedBytes() { return used; },
  };
}
