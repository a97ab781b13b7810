import type { PullLine } from '../replies.ts';

export interface PullProgress {
  /** Of the layers whose size is known so far; absent until one is. */
  readonly doneBytes?: number | undefined;
  readonly totalBytes?: number | undefined;
}

/** Sums up an engine's lines about single layers; call it with each in turn. */
export function pullProgress(): (line: PullLine) => PullProgress {
  const layers = new Map<string, { done: number; total: number }>();

  return ({ id, status = '', progressDetail }) => {
    if (id !== undefined) note(id, status, progressDetail);
    if (layers.size === 0) return {};
    const all = [...layers.values()];
    return { doneBytes: sum(all.map((layer) => layer.done)), totalBytes: sum(all.map((layer) => layer.total)) };
  };

  function note(id: string, status: string, detail: PullLine['progressDetail']): void {
    const layer = layers.get(id);
    if (status === 'Downloading' && detail?.total) layers.set(id, { done: Math.max(layer?.done ?? 0, detail.current ?? 0), total: detail.total });
    // Small layers are never seen downloading: their size first shows as they are unpacked.
    else if (status === 'Extracting' && detail?.total && !layer) layers.set(id, { done: detail.total, total: detail.total });
    else if (layer && /^(Verifying|Download complete|Extracting|Pull complete)/.test(status)) layer.done = layer.total;
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, next) => total + next, 0);
