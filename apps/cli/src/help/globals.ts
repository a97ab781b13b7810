/** Flags that every verb takes: how commander reads them, and what help says. */
export const globalFlags: readonly { readonly flags: string; readonly about: string; readonly hidden?: boolean }[] = [
  { flags: '-n, --namespace <name>', about: 'namespace to work in; "-" is your own' },
  { flags: '-o, --output <format>', about: 'table, wide, json, yaml, name, id, csv, jsonpath=..., custom-columns=...' },
  { flags: '-q, --quiet', about: 'print ids only, and nothing for people' },
  { flags: '--no-headers', about: 'leave out the titles of tables' },
  { flags: '--context <name>', about: 'settings to use; neb config get-contexts lists them' },
  { flags: '--server <url>', about: 'server to talk to' },
  { flags: '--token <token>', about: 'token to log in with; NEB_TOKEN keeps it out of process lists', hidden: true },
  { flags: '--color <when>', about: 'auto, always or never' },
  { flags: '--debug', about: 'show where an error came from' },
];

export const helpFlag = { flags: '-h, --help', about: 'show this help' } as const;
