import type { Figure } from '../figure.ts';
import { memoryOf } from './accelerator.ts';
import { records } from './csv.ts';

const source = { name: 'sooddvs/gpu-pricing', date: '2026-06-15' };
const doubt = 'is of the accelerator alone: the machine around it is billed besides';

/** Google's prices of accelerators, all in doubt. They are kept for the day that machines' prices come to them. */
export function gceFigures(priceList: string): readonly Figure[] {
  return records(priceList).filter(({ cloud }) => cloud === 'GCP').map(({ sku: type = '', region = '', tier, usd_per_gpu_hr: pricePerHour = '' }): Figure => {
    const accelerator = wordings.find(([words]) => words.test(type))?.[1];
    if (accelerator === undefined) throw new Error(`which accelerator is ${type}?`);
    return { platform: 'gce', type, accelerator, count: 1, memoryGB: memoryOf(accelerator, 0), region, market: tier === 'spot' ? 'spot' : 'on-demand', pricePerHour, source, doubt };
  });
}

const wordings: readonly (readonly [RegExp, string])[] = [
  [/A100 80GB/, 'A100_SXM'], [/A100/, 'A100_SXM_40GB'], [/B200/, 'B200'], [/H100/, 'H100_SXM'], [/H200/, 'H200_SXM'], [/L4\b/, 'L4'],
];
