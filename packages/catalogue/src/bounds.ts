/** What one accelerator with its share of a machine may sensibly cost an hour, in US dollars, in any market. */
export interface Bounds {
  readonly least: string;
  readonly most: string;
}

/**
 * A figure outside is a slip of its source: a price of a month or of a minute, a floor for bids, another accelerator's.
 * Wide on purpose: a quarter of the cheapest spot seen, and twice the dearest machine around one accelerator.
 */
export const bounds: Readonly<Record<string, Bounds>> = Object.fromEntries([
  ...of('0.005', '2', ['RTX_3070', 'RTX_3080', 'RTX_3080_Ti', 'RTX_A2000', 'RTX_4070_Ti', 'P100', 'T4G']),
  ...of('0.01', '5', ['T4', 'V100', 'V100_FHHL', 'V100_SXM2', 'A16', 'RTX_2000_Ada', 'RTX_3090', 'RTX_3090_Ti', 'RTX_4000_Ada', 'RTX_4080', 'RTX_4080_SUPER', 'RTX_5080', 'RTX_A4000', 'RTX_A4500', 'RTX_A5000']),
  ...of('0.05', '8', ['A10', 'A10G', 'A30', 'L4', 'RTX_4090', 'RTX_5000_Ada', 'RTX_5090', 'RTX_PRO_4500', 'V100_SXM2_32GB']),
  ...of('0.08', '10', ['A40', 'L40', 'L40S', 'RTX_6000_Ada', 'RTX_A6000', 'MI250']),
  ...of('0.15', '12', ['A100_SXM_40GB', 'RTX_PRO_6000']),
  ...of('0.2', '14', ['A100_PCIe', 'A100_SXM']),
  ...of('0.4', '25', ['GH200', 'H100_NVL', 'H100_PCIe', 'H100_SXM', 'MI300X', 'MI325X']),
  ...of('0.6', '25', ['H200_NVL', 'H200_SXM']),
  ...of('1', '35', ['B200']),
  ...of('1.2', '40', ['B300']),
]);

function of(least: string, most: string, names: readonly string[]): (readonly [string, Bounds])[] {
  return names.map((name) => [name, { least, most }]);
}
