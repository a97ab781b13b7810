import type { Attach } from './verb.ts';

interface VerbEntry {
  readonly summary: string;
  readonly group: 'Objects' | 'Containers' | 'Processors' | 'Services' | 'Knowing more' | 'This machine' | 'Settings';
  readonly aliases?: readonly string[];
  readonly hidden?: boolean;
  /** Only the chosen verb's file is loaded. */
  readonly load: () => Promise<{ readonly attach: Attach }>;
}

/** Every verb of the command line, in the order of `neb --help`. */
const verbs = {
  create: { group: 'Objects', summary: 'Make an object of a file or of flags', load: () => import('./commands/create.ts') },
  apply: { group: 'Objects', summary: 'Bring objects in line with files', load: () => import('./commands/apply.ts') },
  diff: { group: 'Objects', summary: 'Show what apply would change', load: () => import('./commands/diff.ts') },
  get: { group: 'Objects', summary: 'List objects, or show one', aliases: ['list', 'ls'], load: () => import('./commands/get.ts') },
  describe: { group: 'Objects', summary: 'Tell all about an object, and what to do next', load: () => import('./commands/describe.ts') },
  edit: { group: 'Objects', summary: 'Change an object in your editor', load: () => import('./commands/edit.ts') },
  delete: { group: 'Objects', summary: 'Remove objects', aliases: ['rm'], load: () => import('./commands/delete.ts') },
  wait: { group: 'Objects', summary: 'Wait until an object is running, ready or gone', load: () => import('./commands/wait.ts') },
  scale: { group: 'Objects', summary: 'Set how many run of a processor or service', load: () => import('./commands/scale.ts') },

  logs: { group: 'Containers', summary: 'Print what containers wrote', load: () => import('./commands/logs.ts') },
  exec: { group: 'Containers', summary: 'Run a command in a container', load: () => import('./commands/exec.ts') },
  'port-forward': { group: 'Containers', summary: 'Reach a container or service from here', load: () => import('./commands/port-forward.ts') },
  cp: { group: 'Containers', summary: 'Copy files to and from a container', load: () => import('./commands/cp.ts') },
  top: { group: 'Containers', summary: 'Show what containers use', load: () => import('./commands/top.ts') },
  events: { group: 'Containers', summary: 'Show what happened', load: () => import('./commands/events.ts') },

  suspend: { group: 'Containers', summary: 'Put a container aside with its processes', load: () => import('./commands/suspend.ts') },
  resume: { group: 'Containers', summary: 'Go on with a suspended container', load: () => import('./commands/resume.ts') },
  fork: { group: 'Containers', summary: 'Make containers that go on from where another is', load: () => import('./commands/fork.ts') },
  migrate: { group: 'Containers', summary: 'Move a running container elsewhere', load: () => import('./commands/migrate.ts') },
  checkpoint: { group: 'Containers', summary: 'Take a snapshot of a running container', load: () => import('./commands/checkpoint.ts') },
  snapshot: { group: 'Containers', summary: 'Take snapshots out as files, and in', load: () => import('./commands/snapshot.ts') },

  send: { group: 'Processors', summary: 'Send messages to a processor', load: () => import('./commands/send.ts') },
  read: { group: 'Processors', summary: 'Show a processor\'s latest messages', load: () => import('./commands/read.ts') },
  'dead-letters': { group: 'Processors', summary: 'Messages that were given up', load: () => import('./commands/dead-letters.ts') },

  rollout: { group: 'Services', summary: 'Follow, undo or repeat a change', load: () => import('./commands/rollout.ts') },
  curl: { group: 'Services', summary: 'Send a request to a service', load: () => import('./commands/curl.ts') },
  open: { group: 'Services', summary: 'Show where a service is reached', load: () => import('./commands/open.ts') },

  usage: { group: 'Knowing more', summary: 'Show what was used', load: () => import('./commands/usage.ts') },
  cost: { group: 'Knowing more', summary: 'Show what it costs', load: () => import('./commands/cost.ts') },
  bill: { group: 'Knowing more', summary: 'Print bills, and check them', load: () => import('./commands/bill.ts') },

  explain: { group: 'Knowing more', summary: 'Explain a kind\'s fields, or an object', load: () => import('./commands/explain.ts') },
  'api-resources': { group: 'Knowing more', summary: 'List the kinds of objects', load: () => import('./commands/api-resources.ts') },
  schema: { group: 'Knowing more', summary: 'Print a kind\'s JSON Schema', load: () => import('./commands/schema.ts') },
  help: { group: 'Knowing more', summary: 'Help with a command or a topic: environment, exit-codes, output', load: () => import('./commands/help.ts') },

  up: { group: 'This machine', summary: 'Start a local server in the background', load: () => import('./commands/up.ts') },
  down: { group: 'This machine', summary: 'Stop the local server and its containers', load: () => import('./commands/down.ts') },
  serve: { group: 'This machine', summary: 'Run the control plane here, in the foreground', load: () => import('./commands/serve.ts') },
  doctor: { group: 'This machine', summary: 'Check what neb needs, and say how to get it', load: () => import('./commands/doctor.ts') },

  config: { group: 'Settings', summary: 'Show and change servers and namespaces', load: () => import('./commands/config.ts') },
  login: { group: 'Settings', summary: 'Log in to a server', load: () => import('./commands/login.ts') },
  logout: { group: 'Settings', summary: 'End a login, here and on the server', load: () => import('./commands/logout.ts') },
  whoami: { group: 'Settings', summary: 'Show as whom the server knows you', load: () => import('./commands/whoami.ts') },
  auth: { group: 'Settings', summary: 'Ask what you may do', load: () => import('./commands/auth.ts') },
  members: { group: 'Settings', summary: 'Show and change who belongs to an organisation', load: () => import('./commands/members.ts') },
  admin: { group: 'Settings', summary: 'Users, keys and audit log, for who runs the server', load: () => import('./commands/admin.ts') },
  version: { group: 'Settings', summary: 'Show the versions of client and server', load: () => import('./commands/version.ts') },
  completion: { group: 'Settings', summary: 'Print a completion script for bash, zsh or fish', load: () => import('./commands/completion.ts') },

  // The original's spellings.
  show: { group: 'Settings', summary: 'Older spelling of neb config view', hidden: true, load: () => import('./commands/show.ts') },
  set: { group: 'Settings', summary: 'Older spelling of neb config use-context', hidden: true, load: () => import('./commands/set.ts') },
  connect: { group: 'This machine', summary: 'Join the tailnet', hidden: true, load: () => import('./commands/not-yet.ts') },
  sync: { group: 'Containers', summary: 'Sync volumes', hidden: true, load: () => import('./commands/not-yet.ts') },
  select: { group: 'Containers', summary: 'Select a checkpoint', hidden: true, load: () => import('./commands/not-yet.ts') },
  proxy: { group: 'Containers', summary: 'Serve a shell', hidden: true, load: () => import('./commands/not-yet.ts') },
  daemon: { group: 'This machine', summary: 'Run the node daemon', hidden: true, load: () => import('./commands/not-yet.ts') },
} as const satisfies Readonly<Record<string, VerbEntry>>;

export const verbEntries: readonly (readonly [string, VerbEntry])[] = Object.entries(verbs);
