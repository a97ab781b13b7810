import type { Article, Figure, Listing } from '../figure.ts';
import { acceleratorNamed, memoryOf } from './accelerator.ts';
import { records } from './csv.ts';

const table = { name: 'RunPod\'s table of GPU types', date: '2026-02-12' };
const prices = { name: 'sooddvs/gpu-pricing', date: '2026-06-15' };
const regions = ['anywhere'];

/** RunPod's GPU types, one of each. It sells several of one machine too, at so many times the price. */
export function runpodMaterial(text: string): { readonly listings: readonly Listing[]; readonly figures: readonly Figure[] } {
  // What has no name of its own is an older spelling of another.
  const types = records(text).filter(({ display_name: name }) => name !== '');
  return { listings: types.map((type) => ({ ...article(type), regions, source: table })), figures: types.flatMap(figuresOf) };
}

function article({ gpu_type_id: type = '', display_name: name = '', memory_gb: memory }: Readonly<Record<string, string>>): Article {
  // RunPod's only plain "H200" is one on SXM.
  const accelerator = type === 'NVIDIA H200' ? 'H200_SXM' : acceleratorNamed(type, name);
  return { platform: 'runpod', type, accelerator, count: 1, memoryGB: memoryOf(accelerator, Number(memory)) };
}

function figuresOf(type: Readonly<Record<string, string>>): readonly Figure[] {
  const { usd_per_gpu_hr_on_demand_2026_06_15: onDemand = '', usd_spot_or_community_2026_06_15: either = '' } = type;
  const base = { ...article(type), region: 'anywhere', source: prices };
  return [
    ...(onDemand === '' ? [] : [{ ...base, market: 'on-demand' as const, pricePerHour: onDemand }]),
    ...(either === '' ? [] : [{ ...base, market: 'spot' as const, pricePerHour: either, doubt: 'is either of spot or of community hosts: its source mixes them' }]),
  ];
}
