import type { ExecSession, InstanceRef, LaunchSpec, Provider } from '@neb/core-types';
import type { Subject } from '@neb/core-types/testing';
import { collectText, shell } from './real-engine.ts';

/** A shell that draws a word and keeps it, and what it is told, in its variables; files only carry words to it and back. */
const script = [
  'all=$(cat /proc/sys/kernel/random/uuid)',
  'while true; do',
  '  if [ -e /tmp/told ]; then all="$all $(cat /tmp/told)"; rm /tmp/told; fi',
  '  if [ -e /tmp/asked ]; then rm /tmp/asked; echo "$all" >/tmp/answer.new; mv /tmp/answer.new /tmp/answer; fi',
  '  sleep 0.02',
  'done',
].join('\n');

export function remembers(image: string, more: Partial<LaunchSpec> = {}): NonNullable<Subject['remembers']> {
  return {
    spec: shell(image, script, more),
    async tell(ref, word, provider) {
      await ask(provider, ref, `echo ${word} >/tmp/told.new; mv /tmp/told.new /tmp/told; while [ -e /tmp/told ]; do sleep 0.02; done`);
    },
    recall: async (ref, provider) => (await ask(provider, ref, 'rm -f /tmp/answer; echo >/tmp/asked; while ! [ -e /tmp/answer ]; do sleep 0.02; done; cat /tmp/answer')).trim(),
  };
}

async function ask(provider: Provider, ref: InstanceRef, command: string): Promise<string> {
  await using session: ExecSession = await provider.exec!(ref, { command: ['sh', '-c', command] });
  return await collectText(session.output);
}
