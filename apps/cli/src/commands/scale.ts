import { isNebError, NebError, type Processor, type Service } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import { find, refTo, slashName } from '../objects.ts';
import type { Session } from '../session.ts';
import { oneScaled } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags {
  readonly replicas?: string;
  readonly auto?: boolean;
  readonly min?: string;
}

export const attach: Attach = (command, act) => {
  command
    .argument('<kind>', 'processor or service; or processor/NAME, service/NAME; a name alone is a processor\'s')
    .argument('[name]')
    .option('--replicas <count>', 'keep so many, until the manifest is applied again; 0 is none')
    .option('--auto', 'let the autoscaler decide again')
    .option('--min <count>', 'fewest that the autoscaler keeps, as min_replicas in the manifest')
    .addHelpText('before', examples('Say how many workers a processor has, or replicas a service. Those that go finish what they hold first.', [
      ['neb scale processor translator --replicas 3 -n my-app', ''],
      ['neb scale processor/translator --replicas 0', 'messages wait meanwhile'],
      ['neb scale service vllm-qwen --auto', 'as many as the traffic asks for'],
      ['neb scale service/vllm-qwen --min 0', 'none while nobody asks'],
    ]))
    .action(act<Flags>(scale));
};

const scale: Run<Flags> = async (session, { words, options }) => {
  const { kind, name } = oneScaled(words, 'neb scale processor NAME --replicas COUNT, or neb scale service NAME --replicas COUNT');
  const wanted = wantedOf(options);
  const found = await find(session, kind, name);
  const scaled = wanted.do === 'least' ? await atLeast(session, found, wanted.count) : await pinned(session, found, wanted.count);
  await session.out.value(scaled, () => `${slashName(scaled)} ${sentence(scaled, wanted)}\n`);
};

async function pinned(session: Session, found: Processor | Service, count: number | 'auto'): Promise<Processor | Service> {
  const neb = await session.neb();
  return found.kind === 'Service' ? await neb.services.scale(refTo(found), count, session) : await neb.processors.scale(refTo(found), count, session);
}

const tries = 8;

/** Applies what it is with another `min_replicas`; again where another wrote it meanwhile, as the control loop does when something happens to it. */
async function atLeast(session: Session, found: Processor | Service, count: number): Promise<Processor | Service> {
  for (let left = tries, now = found; ; left--) {
    try {
      return await applied(session, now, count);
    } catch (error) {
      if (left === 1 || !isNebError(error, 'conflict') || error.details?.stale !== true) throw error;
      now = await readAgain(session, now);
    }
  }
}

async function applied(session: Session, found: Processor | Service, count: number): Promise<Processor | Service> {
  const neb = await session.neb();
  const { status: _, metadata: { id, version, name, namespace, labels, owner_ref: ownerRef }, ...spec } = found;
  const metadata = { name, namespace, labels, ...(ownerRef !== undefined && { owner_ref: ownerRef }) };
  await neb.apply([{ ...spec, metadata, min_replicas: count }], { expected: [{ id, version }] }, session);
  return readAgain(session, found);
}

async function readAgain(session: Session, { kind, metadata: { id } }: Processor | Service): Promise<Processor | Service> {
  const neb = await session.neb();
  return kind === 'Service' ? await neb.services.get({ id }, session) : await neb.processors.get({ id }, session);
}

type Wanted = { readonly do: 'pin'; readonly count: number | 'auto' } | { readonly do: 'least'; readonly count: number };

/** Throws `invalid` unless exactly one of the flags says it. */
function wantedOf({ replicas, auto, min }: Flags): Wanted {
  const given = [replicas !== undefined, auto === true, min !== undefined].filter(Boolean).length;
  if (given !== 1) throw new NebError('invalid', 'how many?', { hint: 'Give one of --replicas COUNT, --auto and --min COUNT.' });
  if (auto) return { do: 'pin', count: 'auto' };
  return min === undefined ? { do: 'pin', count: countOf('--replicas', replicas) } : { do: 'least', count: countOf('--min', min) };
}

function countOf(flag: string, text = ''): number {
  if (/^\d+$/.test(text) && Number(text) <= 10_000) return Number(text);
  throw new NebError('invalid', `${flag} ${text} is not a number from 0 to 10000`);
}

function sentence({ kind }: Processor | Service, { do: what, count }: Wanted): string {
  const [word, by] = kind === 'Service' ? ['replica', 'latency'] : ['worker', 'pressure'];
  if (count === 'auto') return `is scaled by its ${by}`;
  const counted = `${count} ${word}${count === 1 ? '' : 's'}`;
  return what === 'least' ? `has at least ${counted}` : `keeps ${counted}`;
}
