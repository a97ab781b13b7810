import type { Figure } from '../figure.ts';
import { memoryOf } from './accelerator.ts';
import { records } from './csv.ts';

const source = { name: 'sooddvs/gpu-pricing', date: '2026-06-15' };

/** Azure's sizes with GPUs in a few regions. What RAM they have the source does not tell. */
export function azureFigures(priceList: string): readonly Figure[] {
  return records(priceList).filter(({ cloud }) => cloud === 'Azure').map(({ sku: type = '', gpu_count: count, region = '', tier, usd_per_hr: pricePerHour = '' }): Figure => {
    const accelerator = series.find(([pattern]) => pattern.test(type))?.[1];
    if (accelerator === undefined) throw new Error(`which accelerator has ${type}?`);
    return {
      platform: 'azure', type, accelerator, count: Number(count), memoryGB: memoryOf(accelerator, 0), cpus: coresIn(type), region,
      market: tier === 'spot' ? 'spot' : 'on-demand', pricePerHour, source,
    };
  });
}

/** NC sizes have cards, ND sizes have boards on which every GPU reaches every other. */
const series: readonly (readonly [RegExp, string])[] = [
  [/_NC\d+\w*_A100_v4$/, 'A100_PCIe'], [/_ND\d+\w*_A100_v4$/, 'A100_SXM'],
  [/_NC\d+\w*_H100_v5$/, 'H100_NVL'], [/_ND\d+\w*_H100_v5$/, 'H100_SXM'], [/_ND\d+\w*_H200_v5$/, 'H200_SXM'],
];

/** By Azure's convention for names the digits of a size are its vCPUs. */
function coresIn(type: string): number {
  return Number(/_N[CD](\d+)/.exec(type)?.[1]);
}
