import { readFileSync } from 'node:fs';
import { acceleratorVariants, canonicalAccelerator } from '@neb/core-types';
import { expect, test } from 'vitest';
import { catalogueOffers, cataloguePlatforms, heldFigures } from './catalogue.ts';
import type { Compiled } from './make/compile.ts';
import { catalogueOfSources, catalogueText } from './make/main.ts';
import { faultOf } from './rules.ts';

const now = Date.parse('2026-06-25');
const all = cataloguePlatforms().flatMap((platform) => catalogueOffers(platform, { now }));

test('the bundled catalogue is what its sources say', () => {
  const text = readFileSync(new URL('catalogue.json', import.meta.url), 'utf8');
  expect(text).toBe(catalogueText(catalogueOfSources({ earlier: (JSON.parse(text) as Compiled).rows })));
});

test('it knows these platforms', () => {
  expect(cataloguePlatforms()).toEqual(['runpod', 'aws', 'azure', 'nebius']);
  expect(catalogueOffers('moon', { now })).toEqual([]);
});

test('an offer has all that its source tells, and its age', () => {
  const eight = catalogueOffers('aws', { now }).filter(({ type }) => type === 'p5.48xlarge');
  expect(eight[0]).toEqual({
    platform: 'aws', type: 'p5.48xlarge', accelerator: 'H100_SXM', count: 8, memoryGB: 80, cpus: 192, ramGiB: 2_048, regions: ['us-east-1'],
    pricePerHour: '55.04', source: { name: 'sooddvs/gpu-pricing', date: '2026-06-15' }, ageMs: 10 * 86_400_000,
  });
  const [undated] = catalogueOffers('nebius', { now });
  expect(undated).toMatchObject({ accelerator: 'H100_SXM', pricePerHour: '2.95', spotPricePerHour: '1.25' });
  expect(undated).not.toHaveProperty('ageMs');
});

test('every price that is served keeps to the rules', () => {
  const faults = all.flatMap(({ pricePerHour, spotPricePerHour, regions, ...article }) => [
    ...(pricePerHour === undefined ? [] : [faultOf({ ...article, region: regions[0]!, market: 'on-demand', pricePerHour })]),
    ...(spotPricePerHour === undefined ? [] : [faultOf({ ...article, region: regions[0]!, market: 'spot', pricePerHour: spotPricePerHour }, { onDemand: pricePerHour })]),
  ]);
  expect(faults.length).toBeGreaterThan(50);
  expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
});

test('what is held back is told, each with its reason, and served nowhere', () => {
  expect(heldFigures().find(({ type }) => type === 'NVIDIA H200 NVL')).toMatchObject({ market: 'spot', pricePerHour: '0.5', reason: expect.stringContaining('mixes') });
  expect(heldFigures().every(({ reason }) => reason.length > 0)).toBe(true);
  expect(all.filter(({ platform }) => platform === 'gce')).toEqual([]);
});

test('all names are those of manifests, but for what only one cloud calls so', () => {
  const others = new Set(all.map(({ accelerator }) => accelerator).filter((name) => !acceleratorVariants(canonicalAccelerator(name) ?? '').includes(name)));
  expect([...others]).toEqual(['RTX_4000_Ada_SFF', 'PRO_6000_MIG_24GB', 'PRO_6000_MIG_48GB']);
});
