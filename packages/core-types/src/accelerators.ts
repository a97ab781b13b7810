import { z } from 'zod';
import { nearest } from './nearest.ts';
import type { AcceleratorCount } from './offer.ts';

/**
 * Canonical accelerator names and their memory in GB, as the vendors state it
 * (the original's table, extended by NVIDIA's and AMD's product pages up to 2026).
 */
export const accelerators: Readonly<Record<string, { readonly memoryGB: number; readonly vendor: 'nvidia' | 'amd' }>> = {
  ...nvidia({
    A10: 24, A10G: 24, A16: 16, A30: 24, A40: 48, A100_PCIe: 80, A100_SXM: 80, A100_SXM_40GB: 40,
    B200: 180, B300: 288, GH200: 96, H100_NVL: 94, H100_PCIe: 80, H100_SXM: 80, H200_NVL: 141, H200_SXM: 141,
    L4: 24, L40: 48, L40S: 48, P100: 16, T4: 16, T4G: 16, V100: 16, V100_FHHL: 16, V100_SXM2: 16, V100_SXM2_32GB: 32,
    RTX_2000_Ada: 16, RTX_3070: 8, RTX_3080: 10, RTX_3080_Ti: 12, RTX_3090: 24, RTX_3090_Ti: 24,
    RTX_4000_Ada: 20, RTX_4070_Ti: 12, RTX_4080: 16, RTX_4080_SUPER: 16, RTX_4090: 24,
    RTX_5000_Ada: 32, RTX_5080: 16, RTX_5090: 32, RTX_6000_Ada: 48, RTX_PRO_4500: 32, RTX_PRO_6000: 96,
    RTX_A2000: 6, RTX_A4000: 16, RTX_A4500: 20, RTX_A5000: 24, RTX_A6000: 48,
  }),
  MI250: { memoryGB: 128, vendor: 'amd' },
  MI300X: { memoryGB: 192, vendor: 'amd' },
  MI325X: { memoryGB: 256, vendor: 'amd' },
};

/** A bare family name means every variant of it, in this order of preference. */
const families = new Map<string, readonly string[]>([
  ['A100', ['A100_SXM', 'A100_PCIe']],
  ['H100', ['H100_SXM', 'H100_PCIe', 'H100_NVL']],
  ['H200', ['H200_SXM', 'H200_NVL']],
]);

const names = [...Object.keys(accelerators), ...families.keys()];

/** Spellings of clouds and drivers that folding case, punctuation, brand and edition does not cover. */
const synonyms: Readonly<Record<string, string>> = {
  a10080gb: 'A100', a10080gbsxm: 'A100_SXM', a10080gbsxm4: 'A100_SXM', a100sxm4: 'A100_SXM', a100sxm480gb: 'A100_SXM',
  a100sxm80gb: 'A100_SXM', a10080gbpcie: 'A100_PCIe', a100pcie80gb: 'A100_PCIe', a10040gb: 'A100_SXM_40GB', a100sxm440gb: 'A100_SXM_40GB',
  h10080gbhbm3: 'H100_SXM', h100sxm5: 'H100_SXM', h10080gb: 'H100', h100mega: 'H100_SXM', h100nvl94gb: 'H100_NVL',
  h200141gb: 'H200', h200sxm5: 'H200_SXM', b300sxm6ac: 'B300',
  v100pcie16gb: 'V100', v100fhhl16gb: 'V100_FHHL', v100sxm216gb: 'V100_SXM2', v10032gb: 'V100_SXM2_32GB',
  rtxpro4500blackwell: 'RTX_PRO_4500', rtxpro6000blackwell: 'RTX_PRO_6000', mi300: 'MI300X',
};

const brands = /^(?:nvidia|amd|geforce|instinct|tesla)+/;
const editions = /(?:generation|(?:maxq)?workstationedition|serveredition|oam)$/;

const byFold = new Map<string, string>([...names.map((name) => [fold(name), name] as const), ...Object.entries(synonyms)]);

/** The canonical name or family of a loosely spelt accelerator; `undefined` if there is no such. */
export function canonicalAccelerator(name: string): string | undefined {
  const bare = fold(name).replace(brands, '').replace(editions, '');
  // `4090` and `A6000` are short for an RTX card.
  return byFold.get(bare) ?? byFold.get(`rtx${bare}`);
}

/** `2:a100-sxm` or `a100-sxm:2` as `{ count: 2, name: 'A100_SXM' }`; `undefined` where it is not an accelerator. */
export function parseAccelerator(text: string): AcceleratorCount | undefined {
  const [count, spelt] = split(text);
  const name = canonicalAccelerator(spelt);
  return name !== undefined && count > 0 ? { count, name } : undefined;
}

/** The variants a name stands for: itself, or the members of a family. */
export function acceleratorVariants(name: string): readonly string[] {
  return families.get(name) ?? [name];
}

/** An accelerator such as `2:A100_SXM`, `A100` or `1:L4`. Comes out canonical: `2:A100_SXM`, `1:A100`. */
export const accelerator = z
  .string()
  .transform((text, context) => {
    const parsed = parseAccelerator(text);
    if (parsed) return `${parsed.count}:${parsed.name}`;
    context.issues.push({ code: 'custom', message: complaint(text), input: text });
    return z.NEVER;
  })
  .pipe(z.string())
  .meta({ title: 'accelerator' });

function complaint(text: string): string {
  const [count, spelt] = split(text);
  if (canonicalAccelerator(spelt) !== undefined) return `"${text}" asks for ${count} of them; ask for at least 1, or leave the field out`;
  const near = nearest(spelt, names);
  return `"${spelt}" is not a known accelerator; ${near === undefined ? 'see `neb get accelerators`' : `did you mean "${near}"?`}`;
}

/** How many, and of what: the count comes first in neb, and last in some other tools. */
function split(text: string): readonly [count: number, spelt: string] {
  const first = /^\s*(\d+)\s*[:x]\s*(.+?)\s*$/i.exec(text);
  if (first) return [Number(first[1]), first[2]!];
  const last = /^\s*(.+?)\s*:\s*(\d+)\s*$/.exec(text);
  return last ? [Number(last[2]), last[1]!] : [1, text.trim()];
}

function nvidia(memoryGB: Record<string, number>): Record<string, { memoryGB: number; vendor: 'nvidia' }> {
  return Object.fromEntries(Object.entries(memoryGB).map(([name, gb]) => [name, { memoryGB: gb, vendor: 'nvidia' as const }]));
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
