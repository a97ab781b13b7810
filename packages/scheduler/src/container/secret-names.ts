import type { ContainerSpec } from '@neb/core-types';

/** The secrets that a container is started with, each once. */
export function secretNames({ env = [], secret_files: files = [], pull_secret: pullSecret }: ContainerSpec): readonly string[] {
  return [...new Set([...env.map((variable) => variable.secret_name), ...files.map((file) => file.secret_name), pullSecret])].filter((name) => name !== undefined);
}
