import { accelerators } from '@neb/core-types';
import { expect, test } from 'vitest';
import { bounds } from './bounds.ts';
import type { Figure } from './figure.ts';
import { type Compared, faultOf } from './rules.ts';

const figure = (more: Partial<Figure> = {}): Figure => ({
  platform: 'aws', type: 'p5.48xlarge', accelerator: 'H100_SXM', count: 8, memoryGB: 80, region: 'us-east-1', market: 'on-demand', pricePerHour: '55.04', source: { name: 'a list' }, ...more,
});

test.each<readonly [what: string, more: Partial<Figure>, compared: Compared, says: string | undefined]>([
  ['a sensible price', {}, {}, undefined],
  ['one that moved a little', {}, { earlier: '60' }, undefined],
  ['five times as much, which is not above five times', { pricePerHour: '80' }, { earlier: '16' }, undefined],
  ['a spot price as high as that on demand', { market: 'spot' }, { onDemand: '55.04' }, undefined],
  ['nothing', { pricePerHour: '0' }, {}, 'costs nothing'],
  ['less than nothing', { pricePerHour: '-1' }, {}, 'costs nothing'],
  ['a word', { pricePerHour: 'free' }, {}, '"free" is not a price'],
  ['an empty field', { pricePerHour: '' }, {}, '"" is not a price'],
  ['too little for each of eight', { pricePerHour: '2.4' }, {}, 'is $0.3 for one H100_SXM, less than the $0.4 it costs at least'],
  ['too much for each of eight', { pricePerHour: '1500' }, {}, 'is $187.5 for one H100_SXM, more than the $25 it costs at most'],
  ['an accelerator nobody set bounds for', { accelerator: 'X1' }, {}, 'nobody has said what X1 may cost: give it bounds'],
  ['a spot price above that on demand', { market: 'spot' }, { onDemand: '50' }, 'is $55.04 as spot, more than the $50 on demand'],
  ['a jump up', { pricePerHour: '80.01' }, { earlier: '16' }, 'was $16 before, more than 5 times off: look again, and confirm it'],
  ['a jump down', { pricePerHour: '15.9' }, { earlier: '80' }, 'was $80 before, more than 5 times off: look again, and confirm it'],
  ['a jump that somebody confirmed', { pricePerHour: '80.01' }, { earlier: '16', confirmed: true }, undefined],
  ['a jump out of bounds that somebody confirmed', { pricePerHour: '800' }, { earlier: '16', confirmed: true }, 'is $100 for one H100_SXM, more than the $25 it costs at most'],
  ['what its source mixes up', { doubt: 'is either of two things' }, {}, 'is either of two things'],
])('%s', (_, more, compared, says) => {
  expect(faultOf(figure(more), compared)).toBe(says);
});

test('every accelerator that manifests may name has bounds', () => {
  expect(Object.keys(accelerators).filter((name) => !(name in bounds))).toEqual([]);
});
