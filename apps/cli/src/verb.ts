import type { Command } from 'commander';
import type { Session } from './session.ts';

/** What the user gave a verb: words, and flags by their names. */
export interface Given<O extends object = object> {
  readonly words: readonly string[];
  readonly options: O;
  /** Names the verb, as typed: `neb get`. */
  readonly command: Command;
}

/** Does what a verb is for; the exit code, 0 if it returns none. */
export type Run<O extends object> = (session: Session, given: Given<O>) => Promise<number | void>;

/** Makes a commander action of a `Run`. */
export type Act = <O extends object>(run: Run<O>) => (this: Command) => Promise<void>;

/** Adds arguments, flags and action to a verb's command: what every file under `commands/` exports. */
export type Attach = (command: Command, act: Act) => void;
