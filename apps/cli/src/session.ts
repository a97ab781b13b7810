import { didYouMean, NebError } from '@neb/core-types';
import { inUse, type InUse } from './in-use.ts';
import type { Moment } from './kinds/moment.ts';
import { type Format, parseFormat } from './render/format.ts';
import { type Output, output } from './render/output.ts';
import { style, type Style } from './render/style.ts';
import type { Flags } from './settings/settings.ts';
import type { World } from './world.ts';

/** Flags that every verb takes. */
export interface GlobalFlags extends Flags {
  readonly output?: string | undefined;
  readonly color?: string | undefined;
  readonly quiet?: boolean | undefined;
  readonly debug?: boolean | undefined;
  readonly headers?: boolean | undefined;
}

/** One run of one verb: where it reads and writes, and whom it talks to. */
export interface Session extends InUse {
  readonly world: World;
  readonly flags: GlobalFlags;
  /** Results, on stdout. */
  readonly out: Output;
  /** How stderr may be written to. */
  readonly style: Style;
  /** A line for people, on stderr; not with --quiet. */
  note(text: string): void;
  /** A line for people that --quiet does not silence. */
  warn(text: string): void;
  /** Whether stderr is a terminal whose lines can be drawn again. */
  readonly live: boolean;
  /** Whether a person can be asked. */
  readonly canAsk: boolean;
  readonly signal: AbortSignal;
  /** What tables are rendered against. */
  moment(): Moment;
}

const colours = ['auto', 'always', 'never'] as const;

/** Throws `invalid` for a value of -o or --color that is none. */
export function openSession(world: World, flags: GlobalFlags): Session {
  const { env, stdout, stderr, stdin } = world;
  const when = colours.find((choice) => choice === (flags.color ?? 'auto'));
  if (!when) throw new NebError('invalid', `--color ${flags.color} is not known.${didYouMean(flags.color ?? '', colours)}`, { hint: `Give one of ${colours.join(', ')}.` });
  const styleOf = (stream: World['stdout']): Style =>
    style({ colour: when === 'always' || (when === 'auto' && !env.plain && stream.isTTY === true), utf8: env.utf8 });
  const format: Format = flags.output !== undefined ? parseFormat(flags.output) : flags.quiet ? { do: 'id' } : { do: 'table' };
  const errors = styleOf(stderr);
  return {
    world, flags,
    out: output(stdout, {
      format, style: styleOf(stdout), headers: flags.headers !== false,
      width: stdout.isTTY ? (stdout.columns ?? env.columns ?? 80) : undefined,
    }),
    style: errors,
    note: (text) => void (flags.quiet || stderr.write(`${text}\n`)),
    warn: (text) => void stderr.write(`${errors.yellow('warning:')} ${text}\n`),
    live: stderr.isTTY === true && env.cursor && format.do !== 'json' && !flags.quiet,
    canAsk: stdin.isTTY === true && stderr.isTTY === true && format.do !== 'json',
    signal: world.interrupted,
    ...inUse(world, flags),
    moment: () => ({ now: world.clock.now(), style: styleOf(stdout) }),
  };
}
