import type { Clock } from '@neb/core-types';
import { goodToken, type GoodToken } from './token.ts';
import type { Visitor } from './visitor.ts';

/** Whose tokens are. */
export interface KnownTokens {
  /** As `visitorOfToken` tells, which is asked once for each token and secret: to check a signature takes longer than to pass a request on. */
  visitor(token: string, secret: string): Visitor | Promise<Visitor>;
}

/** Remembers the last `most` tokens that were good, 1,000 by default, each for as long as it is; never what was refused. */
export function knownTokens(clock: Clock, most = 1_000): KnownTokens {
  const known = new Map<string, GoodToken & { readonly secret: string }>();

  async function checked(token: string, secret: string): Promise<Visitor> {
    known.delete(token);
    const good = await goodToken(token, { clock, secret });
    for (const eldest of known.keys()) {
      if (known.size < most) break;
      known.delete(eldest);
    }
    known.set(token, { ...good, secret });
    return good.visitor;
  }

  return {
    visitor(token, secret) {
      const one = known.get(token);
      const second = Math.floor(clock.now() / 1_000);
      return one && one.secret === secret && second >= one.fromSecond && second < one.untilSecond ? one.visitor : checked(token, secret);
    },
  };
}
