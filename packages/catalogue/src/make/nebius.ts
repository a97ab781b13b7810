import type { Figure } from '../figure.ts';
import { acceleratorNamed, memoryOf } from './accelerator.ts';
import { records } from './csv.ts';

/** A snapshot without a date. */
const source = { name: 'skypilot-org/skypilot-catalog v8' };

/** Nebius' presets with GPUs, region by region. */
export function nebiusFigures(text: string): readonly Figure[] {
  return records(text).filter(({ AcceleratorCount: count }) => Number(count) > 0).flatMap((preset): Figure[] => {
    const { InstanceType: type = '', AcceleratorName: name = '', AcceleratorCount: count, vCPUs, MemoryGiB, Region: region = '', Price = '', SpotPrice = '', GpuMemoryMiBEach: mib } = preset;
    // Its boards are on SXM, as the names of its presets say.
    const accelerator = acceleratorNamed(type.includes('-sxm') ? `${name} SXM` : name, name);
    const article = { platform: 'nebius', type, accelerator, count: Number(count), memoryGB: memoryOf(accelerator, Math.round(Number(mib) / 1_024)), cpus: Number(vCPUs), ramGiB: Number(MemoryGiB), region, source };
    return [
      { ...article, market: 'on-demand', pricePerHour: Price },
      ...(SpotPrice === '' ? [] : [{ ...article, market: 'spot' as const, pricePerHour: SpotPrice }]),
    ];
  });
}
