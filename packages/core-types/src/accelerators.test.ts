import { expect, test } from 'vitest';
import { accelerator, accelerators, acceleratorVariants, canonicalAccelerator, parseAccelerator } from './accelerators.ts';

/** Name and memory as the original listed them. */
const original = {
  A100_PCIe: 80, A100_SXM: 80, A30: 24, A40: 48, H100_NVL: 94, H100_PCIe: 80, H100_SXM: 80, H200_SXM: 141, L4: 24, L40: 48, L40S: 48, MI300X: 192,
  RTX_2000_Ada: 16, RTX_3070: 8, RTX_3080: 10, RTX_3080_Ti: 12, RTX_3090: 24, RTX_3090_Ti: 24, RTX_4000_Ada: 20, RTX_4070_Ti: 12, RTX_4080: 16,
  RTX_4080_SUPER: 16, RTX_4090: 24, RTX_5000_Ada: 32, RTX_6000_Ada: 48, RTX_A2000: 6, RTX_A4000: 16, RTX_A4500: 20, RTX_A5000: 24, RTX_A6000: 48,
  V100: 16, V100_FHHL: 16, V100_SXM2: 16, V100_SXM2_32GB: 32, B200: 180, RTX_5080: 16, RTX_5090: 32, RTX_PRO_6000: 96,
};

test.each(Object.entries(original))('%s is known, with %i GB', (name, memoryGB) => {
  expect(accelerators[name]).toMatchObject({ memoryGB });
  expect(accelerator.parse(name)).toBe(`1:${name}`);
  expect(accelerator.parse(`8:${name.toLowerCase().replaceAll('_', '-')}`)).toBe(`8:${name}`);
});

test.each(Object.keys(accelerators))('%s keeps its name', (name) => {
  expect(canonicalAccelerator(name)).toBe(name);
  expect(acceleratorVariants(name)).toEqual([name]);
});

test.each([
  ['2:A100_SXM', 2, 'A100_SXM'],
  ['2x A100', 2, 'A100'],
  ['2 x a100', 2, 'A100'],
  ['A100', 1, 'A100'],
  ['h100', 1, 'H100'],
  [' 1:L4 ', 1, 'L4'],
  ['A100-80GB:8', 8, 'A100'],
  ['A100-80GB-SXM', 1, 'A100_SXM'],
  ['nvidia-l4', 1, 'L4'],
  ['4090', 1, 'RTX_4090'],
  ['A6000', 1, 'RTX_A6000'],
  ['RTX4000-Ada', 1, 'RTX_4000_Ada'],
  ['H100-MEGA', 1, 'H100_SXM'],
  ['V100-32GB', 1, 'V100_SXM2_32GB'],
  ['T4g', 1, 'T4G'],
])('%s is %i of %s', (text, count, name) => {
  expect(parseAccelerator(text)).toEqual({ count, name });
});

test.each([
  ['AMD Instinct MI300X OAM', 'MI300X'],
  ['NVIDIA A100 80GB PCIe', 'A100_PCIe'],
  ['NVIDIA A100-SXM4-80GB', 'A100_SXM'],
  ['NVIDIA A100-SXM4-40GB', 'A100_SXM_40GB'],
  ['NVIDIA B300 SXM6 AC', 'B300'],
  ['NVIDIA GeForce RTX 3080TI', 'RTX_3080_Ti'],
  ['NVIDIA GeForce RTX 4080 SUPER', 'RTX_4080_SUPER'],
  ['NVIDIA H100 80GB HBM3', 'H100_SXM'],
  ['NVIDIA H100 NVL', 'H100_NVL'],
  ['NVIDIA H200', 'H200'],
  ['NVIDIA L40S', 'L40S'],
  ['NVIDIA RTX 6000 Ada Generation', 'RTX_6000_Ada'],
  ['NVIDIA  RTX A4500', 'RTX_A4500'],
  ['NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition', 'RTX_PRO_6000'],
  ['NVIDIA RTX PRO 6000 Blackwell Server Edition', 'RTX_PRO_6000'],
  ['NVIDIA RTX PRO 4500 Blackwell', 'RTX_PRO_4500'],
  ['Tesla T4', 'T4'],
  ['Tesla V100-PCIE-16GB', 'V100'],
  ['Tesla V100-FHHL-16GB', 'V100_FHHL'],
  ['Tesla V100-SXM2-16GB', 'V100_SXM2'],
  ['Tesla V100-SXM2-32GB', 'V100_SXM2_32GB'],
])('a driver or cloud that says "%s" means %s', (spelt, name) => {
  expect(canonicalAccelerator(spelt)).toBe(name);
});

test('a part of a card is not the card', () => {
  expect(canonicalAccelerator('NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 1g.24gb')).toBeUndefined();
});

test.each([
  ['A100', ['A100_SXM', 'A100_PCIe']],
  ['H100', ['H100_SXM', 'H100_PCIe', 'H100_NVL']],
  ['H200', ['H200_SXM', 'H200_NVL']],
])('a bare %s is any of its variants', (family, variants) => {
  expect(acceleratorVariants(family)).toEqual(variants);
  for (const variant of variants) expect(accelerators).toHaveProperty(variant);
});

test.each([
  ['H10O', '"H10O" is not a known accelerator; did you mean "H100"?'],
  ['2:RTX_4O90', '"RTX_4O90" is not a known accelerator; did you mean "RTX_4090"?'],
  ['TPU_v5', '"TPU_v5" is not a known accelerator; see `neb get accelerators`'],
  ['', '"" is not a known accelerator; see `neb get accelerators`'],
  ['0:L4', '"0:L4" asks for 0 of them; ask for at least 1, or leave the field out'],
])('%j is refused: %s', (text, message) => {
  expect(parseAccelerator(text)).toBeUndefined();
  expect(accelerator.safeParse(text).error?.issues[0]?.message).toBe(message);
});
