import { NebError, type StreamGroup } from '@neb/core-types';

/** Names of what lies beside a stream. Its workers may touch these keys and no others. */
export interface StreamKeys {
  readonly main: string;
  /** Where errors go of messages that want no answer. */
  readonly errors: string;
  readonly health: string;
  /** Return streams that are still wanted, by when to look at them again. */
  readonly returns: string;
  /** How many entries were trimmed. */
  readonly trimmed: string;
  /** Messages that the group has given up. */
  readonly dead: string;
  /** Beginning of the keys that hold the ids of messages whose effect has happened, each for a while. */
  readonly done: string;
  /** What went wrong so far with messages that are tried again, by entry id. */
  readonly tried: string;
  /** Which count of handled messages this is, and how many acknowledgements were of messages that were not handled then. */
  readonly tally: string;
  answer(id: string): string;
  /** Where workers tell a sender of that name at once of all its messages that are done. */
  feed(sender: string): string;
  /** Whether a worker was asked to take no more, and what it says. */
  drain(consumer: string): string;
  healthAnswer(id: string): string;
  /** What a send with this key has made. */
  sent(key: string): string;
}

export function keysOf({ stream, group }: StreamGroup): StreamKeys {
  return {
    main: stream,
    errors: `${stream}.errors`,
    health: `${stream}.health`,
    returns: `${stream}.returns`,
    trimmed: `${stream}.trimmed`,
    dead: `${stream}.dead.${group}`,
    done: `${stream}.done.${group}`,
    tried: `${stream}.tried.${group}`,
    tally: `${stream}.tally.${group}`,
    answer: (id) => `${stream}.return.${id}`,
    feed: (sender) => `${stream}.return.feed.${sender}`,
    drain: (consumer) => `${stream}.state.drain.${group}.${consumer}`,
    healthAnswer: (id) => `${stream}.health.return.${id}`,
    sent: (key) => `${stream}.sent.${key}`,
  };
}

/** What a worker may touch, as patterns of Redis. They match no key of another stream: names that would be one are refused. */
export function workerPatterns(of: StreamGroup): readonly string[] {
  const { main, errors, health, returns, trimmed, dead, done, tried, tally } = keysOf(of);
  return [main, errors, health, returns, trimmed, dead, tried, tally, `${done}.*`, ...['return', 'health.return', 'state'].map((family) => `${of.stream}.${family}.*`)];
}

/** Keys of one group, and keys and beginnings of keys of the whole stream. */
export function familyOf(of: StreamGroup): { readonly group: readonly string[]; readonly stream: readonly string[]; readonly beginnings: readonly string[] } {
  const { main, errors, health, returns, trimmed, dead, tried, tally } = keysOf(of);
  const beginnings = ['return', 'health.return', 'state', 'sent', 'dead', 'done', 'tried', 'tally'].map((family) => `${of.stream}.${family}.`);
  return { group: [dead, tried, tally], stream: [main, errors, health, returns, trimmed], beginnings };
}

const reserved = /\.(errors|health|returns|trimmed)$|\.(return|state|sent|dead|done|tried|tally)(\.|$)/;

/** Why no stream may be called so, or undefined. Such a name would be another stream's key, or could not be written in an ACL. */
export function nameTrouble(stream: string): string | undefined {
  if (stream === '' || stream.length > 256) return 'it must have 1 to 256 characters';
  if (!/^[\w:./@+=-]+$/.test(stream)) return 'it may have letters, digits and : . / @ + = _ - only';
  if (reserved.test(stream)) return `its end is what neb calls the keys beside a stream (.return.…, .health, .errors, .dead and so on)`;
  return undefined;
}

/** The group, once its names can be used. Throws `invalid`. */
export function checked(of: StreamGroup): StreamGroup {
  const trouble = nameTrouble(of.stream);
  if (trouble !== undefined) throw new NebError('invalid', `${JSON.stringify(of.stream)} cannot be a stream: ${trouble}`, { hint: 'Choose another name for the stream, such as my-app:workers:translator.' });
  if (!/^[\w:./@+=-]{1,256}$/.test(of.group)) throw new NebError('invalid', `${JSON.stringify(of.group)} cannot be a consumer group: it may have letters, digits and : . / @ + = _ - only`, { hint: 'Choose another name for the group.' });
  return of;
}
