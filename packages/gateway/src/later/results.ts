import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Clock, systemClock } from '@neb/core-types';
import { z } from 'zod';

/** Whose an answer is: who asks for it has to show the credential that was shown with the request. */
export interface Asker {
  readonly route: string;
  readonly credential: string | undefined;
}

/** The beginning of an answer. */
export interface Head {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

/** An answer that is being kept. */
export interface Keeping {
  readonly id: string;
  /** Rejects where it becomes larger than may be kept. */
  write(chunk: Uint8Array): Promise<void>;
  done(head: Head): Promise<void>;
  /** There will be no answer, or it broke off. */
  failed(why: string): Promise<void>;
  /** It went to the client after all. */
  drop(): Promise<void>;
}

/** What became of a request: still under way, an answer, or none. */
export type Found = { readonly state: 'pending' } | { readonly state: 'failed'; readonly why: string } | (Head & { readonly state: 'done'; readonly bytes: number; readonly body: () => Readable });

/** Answers that wait in a folder for whoever asked for them. Several processes may share it. */
export interface Results {
  /** `undefined` where as many are kept as may be. */
  begin(asker: Asker): Promise<Keeping | undefined>;
  /** `undefined` where there is none, or it is another's. */
  find(id: string, asker: Asker): Promise<Found | undefined>;
  remove(id: string): Promise<void>;
}

export interface ResultLimits {
  /** How many are kept; 10,000. */
  readonly most: number;
  /** Bytes of one answer; 64 MiB. */
  readonly bytesEach: number;
  /** Bytes of all: the eldest go first; 1 GiB. */
  readonly bytes: number;
  /** For how long one is kept; an hour. */
  readonly keepMs: number;
}

export const resultLimits: ResultLimits = { most: 10_000, bytesEach: 64 * 2 ** 20, bytes: 2 ** 30, keepMs: 3_600_000 };

/** Whoever works on a request says so this often: who has not for `lostMs` is gone. */
const touchMs = 5_000;
const lostMs = 20_000;
const sweepMs = 60_000;

const written = z.object({
  route: z.string(), credential: z.string(), state: z.enum(['pending', 'failed', 'done']), why: z.string().optional(),
  status: z.number().optional(), headers: z.array(z.string()).optional(), bytes: z.number().optional(),
});
type Written = z.infer<typeof written>;

export function results(folder: string, { limits = resultLimits, clock = systemClock }: { readonly limits?: ResultLimits; readonly clock?: Clock } = {}): Results {
  const factsOf = (id: string): string => join(folder, `${id}.json`);
  const bodyOf = (id: string): string => join(folder, `${id}.body`);
  let made: Promise<unknown> | undefined;
  let sweeping: NodeJS.Timeout | undefined;

  async function write(id: string, facts: Written): Promise<void> {
    await writeFile(`${factsOf(id)}.part`, JSON.stringify(facts), { mode: 0o600 });
    await rename(`${factsOf(id)}.part`, factsOf(id));
  }

  async function remove(id: string): Promise<void> {
    await Promise.all([factsOf(id), `${factsOf(id)}.part`, bodyOf(id)].map((file) => rm(file, { force: true })));
  }

  /** Takes away what is old, and the eldest where all together are too large; does so again as long as anything is left. */
  async function sweep(): Promise<void> {
    const ids = await all();
    const seen = await Promise.all(ids.map(async (id) => {
      const [facts, body] = await Promise.all([factsOf(id), bodyOf(id)].map((file) => stat(file).catch(() => undefined)));
      return { id, at: facts?.mtimeMs ?? 0, bytes: body?.size ?? 0 };
    }));
    let bytes = seen.reduce((sum, one) => sum + one.bytes, 0);
    for (const one of seen.toSorted((a, b) => a.at - b.at)) {
      if (clock.now() - one.at < limits.keepMs && bytes <= limits.bytes) break;
      await remove(one.id);
      bytes -= one.bytes;
    }
    clearTimeout(sweeping);
    sweeping = ids.length === 0 ? undefined : soon();
  }

  function soon(): NodeJS.Timeout {
    return setTimeout(() => void sweep().catch(() => (sweeping = undefined)), sweepMs).unref();
  }

  async function all(): Promise<readonly string[]> {
    const names = await readdir(folder).catch(() => []);
    return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
  }

  // What an earlier process left is old one day, too.
  void sweep().catch(() => undefined);

  return {
    remove,
    async begin(asker) {
      await (made ??= mkdir(folder, { recursive: true, mode: 0o700 }));
      if ((await all()).length >= limits.most) return undefined;
      sweeping ??= soon();
      const id = randomBytes(18).toString('base64url');
      const of = { route: asker.route, credential: fingerprint(asker) };
      await write(id, { ...of, state: 'pending' });
      const touch = (): void => void utimes(factsOf(id), clock.now() / 1_000, clock.now() / 1_000).catch(() => undefined);
      const touching = setInterval(touch, touchMs).unref();
      let file: FileHandle | undefined;
      let bytes = 0;
      const end = async (): Promise<void> => {
        clearInterval(touching);
        await file?.close();
        file = undefined;
      };
      return {
        id,
        async write(chunk) {
          bytes += chunk.byteLength;
          if (bytes > limits.bytesEach) throw new Error(`The answer is larger than the ${limits.bytesEach} bytes that are kept.`);
          file ??= await open(bodyOf(id), 'w', 0o600);
          await file.writeFile(chunk);
        },
        async done({ status, headers }) {
          await end();
          await write(id, { ...of, state: 'done', status, headers: [...headers], bytes });
        },
        async failed(why) {
          await end();
          await rm(bodyOf(id), { force: true });
          await write(id, { ...of, state: 'failed', why });
        },
        async drop() {
          await end();
          await remove(id);
        },
      };
    },
    async find(id, asker) {
      if (!/^[\w-]{24}$/.test(id)) return undefined;
      const text = await readFile(factsOf(id), 'utf8').catch(() => undefined);
      const facts = text === undefined ? undefined : written.parse(JSON.parse(text));
      if (!facts || facts.route !== asker.route || facts.credential !== fingerprint(asker)) return undefined;
      const { state, why = '', status = 0, headers = [], bytes = 0 } = facts;
      if (state === 'done') return { state, status, headers, bytes, body: () => createReadStream(bodyOf(id)) };
      if (state === 'failed') return { state, why };
      const { mtimeMs } = await stat(factsOf(id));
      return clock.now() - mtimeMs > lostMs ? { state: 'failed', why: 'The process of the gateway that worked on it has ended. What was asked for may have been done.' } : { state };
    },
  };
}

function fingerprint({ credential = '' }: Asker): string {
  return createHash('sha256').update(credential).digest('hex');
}
