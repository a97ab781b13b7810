import { NebError } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import { find, refTo } from '../objects.ts';
import { containerName } from '../targets.ts';
import { commandWords } from '../terminal/split.ts';
import { attached } from '../terminal/attached.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags {
  readonly command?: string;
  readonly interactive?: boolean;
  readonly tty?: boolean;
}

export const attach: Attach = (command, act) => {
  command
    .argument('<name>', 'container')
    .argument('[words...]', 'after --: the command and its arguments, as they are')
    .option('-c, --command <line>', 'command, split as a shell would; one with pipes or variables goes to sh -c')
    .option('-i, --interactive', 'pass on what is typed or piped in')
    .option('-t, --tty', 'with a terminal of its own')
    .addHelpText('before', examples('Run a command in a container. Exits as the command does: 126 and 127 as in shells, where it cannot be started.', [
      ['neb exec trl-job -n training -c "echo hello"', ''],
      ['neb exec -it trl-job -- sh', 'a shell'],
      ['neb exec trl-job -- cat /etc/os-release', ''],
      ['tar c data | neb exec -i trl-job -- tar x -C /tmp', 'piped in'],
    ]))
    .action(act<Flags>(exec));
};

const exec: Run<Flags> = async (session, { words, options }) => {
  const [nameWord = '', ...rest] = words;
  if (options.command !== undefined && rest.length > 0) throw new NebError('invalid', 'the command is given twice: with -c and after --', { hint: 'Leave one of them out.' });
  const command = options.command === undefined ? rest : commandWords(options.command);
  if (command.length === 0) throw new NebError('invalid', 'run which command?', { hint: `neb exec ${nameWord} -c "echo hello", or neb exec -it ${nameWord} -- sh` });
  const container = await find(session, 'Container', containerName(nameWord));
  const neb = await session.neb();
  if (session.out.format.do !== 'table') {
    const result = await neb.containers.run(refTo(container), command, { signal: session.signal, ...(options.interactive && { stdin: session.world.stdin as AsyncIterable<Uint8Array> }) });
    await session.out.value(result, () => result.stdout);
    return result.exitCode;
  }
  const wantsTty = options.tty === true;
  if (wantsTty && session.world.stdin.isTTY !== true) session.warn('stdin is no terminal, so the command gets none');
  return attached(session, { neb, ref: refTo(container), command, stdin: options.interactive === true, tty: wantsTty && session.world.stdin.isTTY === true });
};
