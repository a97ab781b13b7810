import { z } from 'zod';
import { type Variable, variables } from './config.ts';
import { fileSchema } from './config-hosts.ts';

const groups: readonly (readonly [title: string, first: string])[] = [
  ['Server', 'NEB_HOST'],
  ['Database', 'DATABASE_URL'],
  ['Identity and secrets', 'NEB_OWNER'],
  ['Platforms', 'NEB_PLATFORMS'],
];

/** `docs/configuration.md`, made from the tables that the server itself reads. */
export function configurationDoc(): string {
  const parts = [
    '# Configuration of the server',
    'Made from `apps/server/src/config.ts` by `node apps/server/src/config-doc.ts > docs/configuration.md`; edit it there.',
    '`neb serve` reads environment variables, once, when it starts. Durations are written as `10s`, `5m` or `7d`, amounts of memory as `4Mi` or `1Gi`, lists with commas. A value that cannot be used ends the start with a sentence that names the variable, and exit code 2.',
    ...groups.flatMap(([title, first], at) => [`## ${title}`, table(first, groups[at + 1]?.[1])]),
    '## Hosts of platform ssh',
    '`NEB_SSH_HOSTS=user@gpu-1,user@gpu-2:2222` is enough where `~/.ssh` has the keys and knows the hosts. `server.yaml` in the data folder, or the file `NEB_CONFIG` names, can say more. A host whose key is not known is refused.',
    '```yaml\nssh_hosts:\n  - host: 10.0.0.7\n    name: rack-1\n    user: neb\n    key_file: ~/.ssh/neb\n    host_keys: ["SHA256:…"]\n    accelerators: ["2:A100_SXM"]\n```',
    hostTable(),
  ];
  return `${parts.join('\n\n')}\n`;
}

function table(first: string, next: string | undefined): string {
  const all = Object.entries<Variable>(variables);
  const from = all.findIndex(([name]) => name === first);
  const to = next === undefined ? all.length : all.findIndex(([name]) => name === next);
  return rows(['Variable', 'Default', 'Meaning'], all.slice(from, to).map(([name, { about, otherwise, older }]) => [
    `\`${name}\``, otherwise, older.length > 0 ? `${about} Older name: ${older.map((n) => `\`${n}\``).join(', ')}.` : about,
  ]));
}

function hostTable(): string {
  const { element } = fileSchema.shape.ssh_hosts.unwrap();
  return rows(['Field', 'Meaning'], Object.entries(element.shape).map(([name, field]) => [`\`${name}\``, z.globalRegistry.get(field)?.description ?? '']));
}

function rows(head: readonly string[], body: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

if (import.meta.main) process.stdout.write(configurationDoc());
