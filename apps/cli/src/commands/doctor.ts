import { examples } from '../help/examples.ts';
import { type Check, checks } from '../local/checks.ts';
import type { Attach, Run } from '../verb.ts';

export const attach: Attach = (command, act) => {
  command.addHelpText('before', examples('Check what neb needs on this machine and at the server, and say how to get what is missing. Exits with 1 if something is.', [['neb doctor', ''], ['neb doctor -o json', '']])).action(act(doctor));
};

const doctor: Run<object> = async (session) => {
  const found: Check[] = [];
  const { out } = session;
  const { green, red, yellow, dim, marks } = out.style;
  const signs = { good: green(marks.good), warn: yellow(marks.warn), bad: red(marks.bad) };
  for (const check of checks) {
    const one = await check(session);
    found.push(one);
    // One by one: some take a moment.
    if (out.format.do === 'table') await out.write(`${signs[one.result]} ${one.name.padEnd(10)} ${one.message}\n${one.fix === undefined ? '' : `  ${' '.repeat(10)} ${dim(`-> ${one.fix}`)}\n`}`);
  }
  const ok = found.every(({ result }) => result !== 'bad');
  if (out.format.do !== 'table') await out.value({ kind: 'Doctor', ok, checks: found }, () => found.map(({ name, result }) => `${name}: ${result}\n`).join(''));
  return ok ? 0 : 1;
};
