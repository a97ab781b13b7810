import type { ErrorCode, Failure } from '@neb/core-types';
import { variables } from './names.ts';
import type { Pod } from './replies.ts';
import { exitIn } from './wrapper.ts';

/** The exit code that the last lines of a pod's log tell; `undefined` where they tell of no end. */
export function exitCodeIn(lines: readonly string[], { env }: Pick<Pod, 'env'>): number | undefined {
  return lines.flatMap((line) => exitIn(line, { key: env[variables.key] ?? '' }) ?? []).at(-1)?.exitCode;
}

/** What RunPod's own lines say of a container that could not be started. */
export function failureIn(lines: readonly string[], { image }: Pick<Pod, 'image'>): Failure | undefined {
  const line = lines.findLast((text) => /error|fail|denied|not found|unknown/i.test(text));
  return line === undefined ? undefined : { code: codeOf(line), message: `RunPod could not run ${image}: ${line.slice(0, 300)}` };
}

/** Whether a failure is one that trying again cannot mend, however long RunPod does. */
export function isFinal({ code }: Failure): boolean {
  return code !== 'failed';
}

function codeOf(line: string): ErrorCode {
  if (/manifest unknown|repository .*not found|no such image|image .*not found|name unknown/i.test(line)) return 'not_found';
  if (/unauthorized|denied|authentication required/i.test(line)) return 'unauthorized';
  if (/executable file not found|no such file or directory|exec format/i.test(line)) return 'invalid';
  return 'failed';
}
