import { openBrowser } from '../browser.ts';
import { examples } from '../help/examples.ts';
import { slashName } from '../objects.ts';
import { addressed } from '../service-address.ts';
import { oneService } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags {
  readonly browser?: boolean;
}

export const attach: Attach = (command, act) => {
  command
    .argument('<kind>', 'service; or service/NAME, or its name alone')
    .argument('[name]')
    .option('--no-browser', 'only print where it is')
    .addHelpText('before', examples('Print where a service is reached, and show it in the browser where there is one.', [
      ['neb open service/web -n my-app', ''],
      ['neb open service/web --no-browser', 'for a script'],
    ]))
    .action(act<Flags>(open));
};

const open: Run<Flags> = async (session, { words, options }) => {
  const { service, url: { href: url } } = await addressed(session, oneService(words, 'neb open service/NAME'));
  const opened = options.browser !== false && openBrowser(session, url);
  const { address } = service.status;
  await session.out.value({ kind: 'Address', service: service.metadata.name, url, ...(address !== undefined && { address }), opened }, () => `${url}\n`);
  if (opened) session.note(session.style.dim(`${slashName(service)} is shown in your browser.`));
};
