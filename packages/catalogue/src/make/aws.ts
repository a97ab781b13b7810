import type { Article, Figure, Listing } from '../figure.ts';
import { acceleratorNamed, memoryOf } from './accelerator.ts';
import { records } from './csv.ts';

const table = { name: 'EC2 DescribeInstanceTypes, as moto 5.2.4 has it', date: '2026' };
const prices = { name: 'sooddvs/gpu-pricing', date: '2026-06-15' };

/** EC2's types with GPUs, where they are sold, and what some cost in two regions. */
export function awsMaterial(types: string, priceList: string): { readonly listings: readonly Listing[]; readonly figures: readonly Figure[] } {
  // A count of 0 means a part of a GPU.
  const listings = records(types).filter(({ gpu_count: count }) => Number(count) > 0)
    .map((type): Listing => ({ ...article(type), regions: (type['regions'] ?? '').split('|'), source: table }));
  const byType = new Map(listings.map(({ regions: _regions, source: _source, ...known }) => [known.type, known]));
  const figures = records(priceList).filter(({ cloud }) => cloud === 'AWS EC2').flatMap(({ sku = '', region = '', tier, usd_per_hr: pricePerHour = '' }): Figure[] => {
    const known = byType.get(sku);
    return known ? [{ ...known, region, market: tier === 'spot' ? 'spot' : 'on-demand', pricePerHour, source: prices }] : [];
  });
  return { listings, figures };
}

function article({ instance_type: type = '', gpu_name: name = '', gpu_count: count, gpu_memory_mib_reported: mib, vcpus, memory_mib: ram }: Readonly<Record<string, string>>): Article {
  const gib = Number(mib) / 1_024;
  const accelerator = variants.get(`${name} ${gib}`) ?? variants.get(name) ?? acceleratorNamed(name);
  return { platform: 'aws', type, accelerator, count: Number(count), memoryGB: memoryOf(accelerator, Math.round(gib)), cpus: Number(vcpus), ramGiB: Number(ram) / 1_024 };
}

/** EC2 names families, of which it has one member each, or one of each size. */
const variants = new Map([
  ['A100 40', 'A100_SXM_40GB'], ['A100 80', 'A100_SXM'], ['H100', 'H100_SXM'], ['H200', 'H200_SXM'], ['V100 32', 'V100_SXM2_32GB'], ['RTX PRO Server 6000', 'RTX_PRO_6000'],
]);
