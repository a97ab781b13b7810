import { didYouMean, NebError, type ServiceRevision } from '@neb/core-types';
import { type RolloutView } from '@neb/sdk';
import { examples } from '../help/examples.ts';
import { find, refTo, slashName } from '../objects.ts';
import { timeoutOf } from '../progress/follow.ts';
import { age } from '../render/age.ts';
import { rolledOut, stepOf } from '../rollout.ts';
import type { Session } from '../session.ts';
import { oneService } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags {
  readonly toRevision?: string;
  readonly revision?: string;
  readonly watch?: boolean;
  readonly timeout?: string;
}

const doings = ['status', 'history', 'undo', 'restart'] as const;

export const attach: Attach = (command, act) => {
  command
    .argument('<what>', `${doings.slice(0, -1).join(', ')} or ${doings.at(-1)}`)
    .argument('<kind>', 'service; or service/NAME, or its name alone')
    .argument('[name]')
    .option('--to-revision <number>', 'undo: go back to this one; to the last good one before if absent')
    .option('--revision <number>', 'history: all that was to run at this one')
    .option('--no-watch', 'status: say how it is now, and do not wait')
    .option('--timeout <duration>', 'status: how long to wait, such as 5m; no limit if absent')
    .addHelpText('before', examples('Follow what is rolled out of a service, look at what was before, go back to it, or replace all replicas by new ones.', [
      ['neb rollout status service/web -n my-app', 'until it is done; exits with 1 and the reason where it was given up'],
      ['neb rollout history service/web', ''],
      ['neb rollout history service/web --revision 2 -o yaml', 'what was to run then'],
      ['neb rollout undo service/web', 'to the last good revision before this'],
      ['neb rollout undo service/web --to-revision 2', ''],
      ['neb rollout restart service/web', 'new replicas of the same, one after another'],
    ]))
    .action(act<Flags>(rollout));
};

const rollout: Run<Flags> = async (session, { words: [what = '', ...words], options }) => {
  const doing = doings.find((one) => one === what.toLowerCase());
  if (!doing) throw new NebError('invalid', `neb rollout does not know "${what}".${didYouMean(what, doings)}`, { hint: `There are ${doings.join(', ')}.` });
  const toRevision = numberOf('--to-revision', options.toRevision);
  const revision = numberOf('--revision', options.revision);
  const service = await find(session, 'Service', oneService(words, `neb rollout ${doing} service/NAME`));
  const { services } = await session.neb();
  switch (doing) {
    case 'status': {
      if (options.watch === false) return told(session, await services.rollout.status(refTo(service), session));
      return told(session, await rolledOut(session, { service, timeoutMs: timeoutOf(options.timeout), onStep: (view) => void (view.state === 'good' || view.state === 'idle' || session.note(stepOf(view))) }));
    }
    case 'history': {
      const view = await services.rollout.status(refTo(service), session);
      return revision === undefined ? history(session, view) : one(session, view, revision);
    }
    case 'undo': {
      const after = await services.rollout.undo(refTo(service), { toRevision }, session);
      return session.out.value(after, () => `${slashName(after)} goes back to ${toRevision === undefined ? 'what it was' : `revision ${toRevision}`}\n`).then(() => next(session, after.metadata));
    }
    case 'restart': {
      const after = await services.rollout.restart(refTo(service), session);
      return session.out.value(after, () => `${slashName(after)} gets new replicas\n`).then(() => next(session, after.metadata));
    }
  }
};

async function told({ out }: Session, view: RolloutView): Promise<number> {
  await out.value(view, () => `${stepOf(view)}\n`);
  return view.state === 'failed' ? 1 : 0;
}

function next(session: Session, { name, namespace }: { readonly name: string; readonly namespace: string }): void {
  session.note(session.style.dim(`Next: neb rollout status service/${name} -n ${namespace}`));
}

async function history(session: Session, { name, revision: current, history: items }: RolloutView): Promise<void> {
  const { now } = session.moment();
  if (items.length === 0 && session.out.forPeople) return session.note(`Nothing of service/${name} was rolled out yet.`);
  await session.out.list({
    items, name: ({ revision }) => `service/${name}@${revision}`, id: ({ revision }) => String(revision),
    columns: [
      { title: 'REVISION', cell: ({ revision }) => `${revision}${revision === current ? '*' : ''}`, data: ({ revision }) => revision, side: 'right' },
      { title: 'OUTCOME', cell: ({ outcome }) => outcome },
      { title: 'AGE', cell: ({ at }) => age(at, now), data: ({ at }) => at, side: 'right' },
      { title: 'IMAGE', cell: imageOf, shrinks: true },
      { title: 'CAUSE', cell: ({ cause }) => cause ?? '' },
      { title: 'MESSAGE', cell: ({ message }) => message ?? '', shrinks: true },
    ],
  });
}

async function one(session: Session, { name, namespace, history: items }: RolloutView, wanted: number): Promise<void> {
  const found = items.find(({ revision }) => revision === wanted);
  if (!found) throw new NebError('not_found', `service/${name} has no revision ${wanted}`, { hint: `neb rollout history service/${name} -n ${namespace} lists those that are kept.` });
  const { stringify } = await import('yaml');
  await session.out.value(found, () => stringify(found.spec, { lineWidth: 0 }));
}

function imageOf({ spec: { container } }: ServiceRevision): string {
  const image: unknown = typeof container === 'object' && container !== null && 'image' in container ? container.image : undefined;
  return typeof image === 'string' ? image : '';
}

function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new NebError('invalid', `${flag} ${text} is not the number of a revision`);
}
