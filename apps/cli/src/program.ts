import { Command, Option } from 'commander';
import { globalFlags, helpFlag } from './help/globals.ts';
import { rootHelp } from './help/root.ts';
import { style } from './render/style.ts';
import type { Act } from './verb.ts';
import { verbEntries } from './verbs.ts';

export interface ProgramOptions {
  /** Only this verb's flags are known; of the others their names. */
  readonly verb: string | undefined;
  readonly act: Act;
  readonly colour: boolean;
  readonly width: number;
  /** Where help goes. */
  readonly write: (text: string) => void;
}

/** The command line as commander knows it, with one verb loaded. */
export async function program({ verb, act, ...shown }: ProgramOptions): Promise<Command> {
  const top = new Command('neb').helpOption(helpFlag.flags, helpFlag.about);
  configure(top, shown);
  for (const { flags, about, hidden } of globalFlags) top.addOption(new Option(flags, about).hideHelp(hidden ?? false));
  top.helpInformation = () => rootHelp(style({ colour: shown.colour, utf8: false }));
  for (const [name, entry] of verbEntries) {
    const command = top.command(name, { hidden: entry.hidden ?? false });
    if (entry.aliases) command.aliases(entry.aliases);
    command.copyInheritedSettings(top).helpCommand(false);
    if (name === verb) (await entry.load()).attach(command, act);
  }
  return top;
}

function configure(command: Command, { colour, width, write }: Omit<ProgramOptions, 'verb' | 'act'>): void {
  const { bold } = style({ colour, utf8: false });
  command
    .exitOverride()
    .helpCommand(false)
    .showSuggestionAfterError(true)
    // Errors are said in one place, by run.ts.
    .configureOutput({ writeOut: write, outputError: () => undefined, writeErr: () => undefined, getOutHelpWidth: () => width })
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => bold(title === 'Global Options:' ? 'Everywhere:' : title === 'Options:' ? 'Flags:' : title === 'Arguments:' ? 'Words:' : title),
      commandUsage: (sub) => `${pathOf(sub)} ${sub.usage().replace('[options]', '[flags]')}`,
      subcommandTerm: (sub) => `${sub.name()}${sub.registeredArguments.map((argument) => ` <${argument.name()}>`).join('')}`,
    });
}

/** `neb config view`, without aliases. */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
