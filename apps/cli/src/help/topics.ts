import { errorCodes } from '@neb/core-types';

/** What `neb help TOPIC` tells. */
export const topics: Readonly<Record<string, { readonly summary: string; readonly text: () => string }>> = {
  environment: {
    summary: 'variables and files that neb reads',
    text: () => `A flag wins over the environment, over .neb.yaml of the project, over the context in use.

  NEB_SERVER      server to talk to, such as http://127.0.0.1:3000
  NEB_TOKEN       token to log in with
  NEB_CA_FILE     PEM file of an authority to trust besides the usual ones
  NEB_NAMESPACE   namespace to work in
  NEB_CONTEXT     context to use
  NEB_DATA_DIR    folder of a local server: token, log, database (~/.neb)
  NEB_EDITOR      editor of neb edit; then VISUAL, EDITOR, vi
  NEB_DEBUG       1 shows where errors come from
  NO_COLOR        anything turns colours off, as TERM=dumb does

The original's NEBU_SERVER, NEBU_API_KEY, AGENTSEA_SERVER and AGENTSEA_API_KEY are read too.

  ~/.neb/config.yaml        contexts: server, token or token_file, namespace
  ~/.agentsea/nebu.yaml     the original's, read where the first has no such context
  .neb.yaml                 server, namespace, context of a project; never a token

What a server reads is in docs/configuration.md. neb config view --origin shows what is in force.
`,
  },
  'exit-codes': {
    summary: 'what neb exits with',
    text: () => {
      const meanings: readonly (readonly [number, string])[] = [
        [0, 'done'], [1, 'failed: the workload, or something of neb itself'], [2, 'a mistake in the command line or a manifest'], [3, 'there is no such object'],
        [4, 'not logged in, or not allowed'], [5, 'conflict: the name is taken, or another changed it'], [6, 'quota or budget'],
        [7, 'no capacity anywhere that fits'], [8, 'time ran out'], [9, 'no server answers'],
        [126, 'exec: the command cannot be run'], [127, 'exec: there is no such command'], [130, 'interrupted by Ctrl-C'],
      ];
      const codes = (exit: number): string => Object.entries(errorCodes).filter(([, facts]) => facts.exit === exit).map(([code]) => code).join(', ');
      const rows = meanings.map(([exit, meaning]) => `  ${String(exit).padStart(3)}  ${meaning.padEnd(54)}${codes(exit)}`.trimEnd());
      return `exec and logs --exit-code exit as the command or the container did; diff exits with 1 where something differs.\n\n${rows.join('\n')}\n\nThe words on the right are the codes of errors in -o json, in the API and in the SDK.\n`;
    },
  },
  output: {
    summary: 'formats, and what goes where',
    text: () => `Results go to stdout, and nothing else does; the rest goes to stderr.

  -o table                   for people (the default); ages and sizes in words
  -o wide                    with more columns
  -o json, -o yaml           all there is; times are RFC 3339
  -o name, -o id             one a line; -q is -o id and silence
  -o csv                     the table's columns, with times instead of ages
  -o jsonpath=TEMPLATE       {.items[*].metadata.name}, {range .items[*]}{.kind}{"\\n"}{end}
  -o custom-columns=T:PATH   NAME:.metadata.name,STATUS:.status.status

Lists are {"kind": "List", "items": [...], "continue": "..."}; what is asked for by one name is bare. With -w, and of logs and
port-forward, JSON comes as a line an entry. With -o json an error is on stdout too:

  {"error": {"code": "not_found", "message": "...", "hint": "...", "details": {...}, "requestId": "..."}}

Colours are for terminals: --color, NO_COLOR. Tables are cut to the width of a terminal, and never in a pipe.
`,
  },
};
