import { readFileSync } from 'node:fs';
import { systemClock } from '@neb/core-types';
import { type FakeClock, fakeClock, seededRandom } from '@neb/core-types/testing';
import { bookkeeping, contract, type Program, type RunpodCloud, runpodCloud } from '../src/index.ts';

/** A simulated RunPod in a time of its own, and a caller of its account. */
export interface Account extends AsyncDisposable {
  readonly cloud: RunpodCloud;
  readonly clock: FakeClock;
  call(method: string, path: string, body?: object): Promise<Reply>;
  /** Creates a pod of one L4. */
  buy(more?: object): Promise<Reply>;
  /** Lets time pass, and what waited for it happen. */
  pass(ms: number): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** Whatever an answer may have in it: a pod, a list, or a problem. */
export interface Body {
  readonly id: string;
  readonly status: string;
  readonly actions: readonly string[];
  readonly cost: number;
  readonly dataCenterId: string | null;
  readonly runtime: { readonly ports: readonly { readonly private: number }[] } | null;
  readonly pods: readonly { readonly id: string }[];
  readonly gpus: readonly { readonly id: string; readonly availability: string }[];
  readonly detail: string;
}

/** What the vendor publishes. There is one copy of it, where the client's types are made from it. */
export const description = JSON.parse(readFileSync(new URL('../../providers-runpod/openapi/runpod-v2.json', import.meta.url), 'utf8')) as object;

const problemsOf = contract(description);

/** Opens one. Disposing of it throws where an answer breaks the vendor's description. */
export async function account({ program }: { readonly program?: Program } = {}): Promise<Account> {
  const clock = fakeClock();
  const cloud = await runpodCloud({ clock, random: seededRandom(1), machinery: bookkeeping({ clock, program }) });
  const call: Account['call'] = async (method, path, body) => {
    const response = await fetch(`${cloud.url}${path}`, { method, headers: { Authorization: `Bearer ${cloud.apiKey}` }, ...(body && { body: JSON.stringify(body) }) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as Body };
  };
  return {
    cloud, clock, call,
    buy: (more = {}) => call('POST', '/v2/pods', { name: 'p', image: 'app', gpu: { id: 'NVIDIA L4' }, env: { K: 'v' }, ports: ['22/tcp', '80/http'], ...more }),
    async pass(ms) {
      for (let left = ms; left > 0; left -= 500) {
        clock.advance(Math.min(500, left));
        await systemClock.sleep(0);
      }
    },
    async [Symbol.asyncDispose]() {
      await cloud[Symbol.asyncDispose]();
      const problems = cloud.exchanges.flatMap((exchange) => problemsOf(exchange));
      if (problems.length > 0) throw new Error(`the description is broken:\n${[...new Set(problems)].join('\n')}`);
    },
  };
}
