import { NebError } from '@neb/core-types';
import { type Glance, glance } from './arguments.ts';
import { exitCodeOf, report } from './report.ts';
import type { GlobalFlags } from './session.ts';
import type { Act } from './verb.ts';
import type { World } from './world.ts';

/** Runs one command line to its end; the exit code. Whatever goes wrong is reported here, once. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  const seen = glance(argv);
  try {
    if (seen.wantsRootHelp && !seen.wantsJson) return await printRootHelp(world);
    return await runVerb(seen, world);
  } catch (error) {
    if (world.interrupted.aborted) return 130;
    report(error, { world, json: seen.wantsJson, debug: world.env.debug || seen.debug });
    return exitCodeOf(error);
  }
}

async function printRootHelp(world: World): Promise<number> {
  const [{ rootHelp }, { style }] = await Promise.all([import('./help/root.ts'), import('./render/style.ts')]);
  world.stdout.write(rootHelp(style({ colour: hasColour(world), utf8: false })));
  return 0;
}

async function runVerb({ words, verb, wantsRootHelp }: Glance, world: World): Promise<number> {
  const [{ CommanderError }, { program }, { openSession }] = await Promise.all([import('commander'), import('./program.ts'), import('./session.ts')]);
  let code = 0;
  const act: Act = (run) =>
    async function () {
      const session = openSession(world, this.optsWithGlobals<GlobalFlags & Record<string, unknown>>());
      code = (await run(session, { words: this.args, options: this.opts(), command: this })) ?? 0;
    };
  try {
    const width = Math.min(world.stdout.columns ?? world.env.columns ?? 100, 120);
    // Help for programs is the list of verbs.
    const line = wantsRootHelp ? ['help', ...words.filter((word) => word !== '--help' && word !== '-h')] : [...words];
    const write = (text: string): void => void world.stdout.write(text);
    await (await program({ verb: wantsRootHelp ? 'help' : verb, act, colour: hasColour(world), width, write })).parseAsync(line, { from: 'user' });
    return code;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return 0;
    throw usageError(thrown.message, verb);
  }
}

function hasColour(world: World): boolean {
  return !world.env.plain && world.stdout.isTTY === true;
}

/** What commander says of a mistake, in our words. */
function usageError(message: string, verb: string | undefined): NebError {
  const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const guess = /Did you mean (?:one of )?(.+?)\?/.exec(rest.join(' '))?.[1];
  // What belongs to the command in the container is told by the dashes before it.
  const forExec = verb === 'exec' && first.startsWith('unknown option') ? 'Write -- before the command: neb exec NAME -- ls -la. ' : '';
  const hint = verb === undefined ? 'neb --help lists all verbs.' : `${forExec}neb ${verb} --help shows its words and flags.`;
  return new NebError('invalid', `${first.replaceAll("'", '"')}${guess === undefined ? '' : `. Did you mean ${guess}?`}`, { hint });
}
