import { expect, test } from 'vitest';
import { asked, nobodySells } from './names.ts';

test.each<readonly [text: string, count: number | undefined, means: readonly string[]]>([
  ['A100_SXM', undefined, ['A100_SXM']],
  ['a100-sxm', undefined, ['A100_SXM']],
  ['H100', undefined, ['H100_SXM', 'H100_NVL']],
  ['2:A100', 2, ['A100_SXM', 'A100_PCIe']],
  [' 8 x h200 ', 8, ['H200_SXM']],
  ['rtx-4000-ada-sff', undefined, ['RTX_4000_Ada_SFF']],
  ['H10', undefined, []],
])('%s is so many of so many kinds', (text, count, means) => {
  const one = asked(text);
  expect(one.count).toBe(count);
  expect(['A100_SXM', 'A100_PCIe', 'A100_SXM_40GB', 'H100_SXM', 'H100_NVL', 'H200_SXM', 'RTX_4000_Ada_SFF'].filter((name) => one.means(name))).toEqual(means);
});

test('what nobody sells is told with the names most like it', () => {
  const error = nobodySells(asked('H10'), ['A10', 'H100_SXM', 'H100_SXM', 'L4'], undefined);
  expect(error).toMatchObject({ code: 'not_found', message: 'nobody sells an accelerator "H10". Did you mean "H100" or "A10" or "H100_SXM"?', details: { nearest: ['H100', 'A10', 'H100_SXM'] } });
  expect(nobodySells(asked('H101'), ['L4', 'H100_NVL', 'H100_SXM'], undefined).message).toContain('Did you mean "H100"?');
  expect(nobodySells(asked('unobtainium'), ['L4'], 'runpod').message).toBe('runpod sells no accelerator "unobtainium".');
});
