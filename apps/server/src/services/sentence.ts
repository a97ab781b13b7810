import type { Resource } from '@neb/scheduler';
import { titleOf } from './views.ts';

/** What a container is doing, as the start of a sentence: `container my-app/web is creating (pulling its image)`. */
export function sentenceOf(container: Resource<'Container'>): string {
  const { status, message, progress, exit_code: exitCode } = container.status;
  const doing = message ?? (progress && `${progress.phase}`) ?? (exitCode !== undefined && status !== 'running' ? `exit code ${exitCode}` : undefined);
  return `${titleOf(container)} is ${status}${doing === undefined ? '' : ` (${doing})`}`;
}
