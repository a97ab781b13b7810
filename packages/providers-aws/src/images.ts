import { type Clock, NebError } from '@neb/core-types';
import type { Calls } from './calls.ts';
import type { InstanceType } from './catalogue/instance-types.ts';
import { kept } from './kept.ts';
import type { Article } from './offer-id.ts';
import type { Images as ImageNames } from './options.ts';

/** What machines boot from. */
export interface Images {
  /** The AMI for a type, as the vendor's newest; asked for once an hour. */
  imageFor(article: Article): Promise<string>;
}

const keepMs = 3_600_000;

export function images({ callsIn, types, names = {}, clock }: { callsIn(region: string): Calls; readonly types: ReadonlyMap<string, InstanceType>; readonly names?: ImageNames | undefined; readonly clock: Clock }): Images {
  const found = kept<string>(clock, keepMs);
  return {
    async imageFor({ region, type }) {
      const known = types.get(type);
      if (!known) throw new NebError('invalid', `the type ${type} is not known`, { hint: 'Name it in the option `types`.' });
      const name = nameOf(known, names);
      if (name.startsWith('ami-')) return name;
      return await found.get(`${region} ${name}`, async () => {
        const image = await callsIn(region).parameter(name, undefined);
        if (image.startsWith('ami-')) return image;
        throw new NebError('unavailable', `the SSM parameter ${name} in ${region} holds no image`);
      });
    },
  };
}

function nameOf({ accelerator, arch }: InstanceType, { gpu, cpu }: ImageNames): string {
  if (accelerator) return gpu ?? `/aws/service/deeplearning/ami/${arch}/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id`;
  return cpu ?? `/aws/service/canonical/ubuntu/server/24.04/stable/current/${arch === 'arm64' ? 'arm64' : 'amd64'}/hvm/ebs-gp3/ami-id`;
}
