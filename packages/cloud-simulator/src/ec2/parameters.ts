import { createHash } from 'node:crypto';
import { Ec2Refusal } from './refusal.ts';

/** What SSM's `GetParameter` answers for the names under which AWS publishes its images. */
export function imageParameter(body: string): string {
  const { Name = '' } = JSON.parse(body) as { readonly Name?: string };
  if (!/^\/aws\/service\/(?:deeplearning|canonical|ami-amazon-linux-latest)\//.test(Name)) throw new Ec2Refusal('ParameterNotFound', `${Name} is not known`);
  const Value = `ami-${createHash('sha256').update(Name).digest('hex').slice(0, 17)}`;
  return JSON.stringify({ Parameter: { Name, Type: 'String', Value, Version: 1, DataType: 'aws:ec2:image' } });
}
