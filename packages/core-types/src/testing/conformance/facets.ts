import assert from 'node:assert/strict';
import { collect } from '../../paginate.ts';
import type { Connection } from '../../facets.ts';
import { create, forget, outputOf, reach, running } from './steps.ts';
import { type Check, it, type Listener } from './subject.ts';

/** What a provider offers whole or leaves out. */
export const facets: readonly Check[] = [
  it('logs show what the container wrote, where offered', async (s, skip) => {
    const { logs } = s.provider;
    if (!logs) return skip('this cloud has no logs');
    const { ref } = await running(s);
    await s.settle(async () => (await collect(logs(ref, {}))).length > 0);
    const lines = await collect(logs(ref, { tail: 1 }));
    const [line] = lines;
    assert.equal(lines.length, 1);
    assert.ok(line && line.text !== '' && line.stream === 'stdout');
    assert.ok(Number.isFinite(Date.parse(line.at)));
  }),
  it('followed logs end when the instance does, where offered', async (s, skip) => {
    const { logs } = s.provider;
    if (!logs) return skip('this cloud has no logs');
    const { ref } = await running(s);
    const stop = new AbortController();
    let over = false;
    const following = collect(logs(ref, { follow: true }, { signal: stop.signal })).finally(() => { over = true; });
    following.catch(() => {});
    try {
      await forget(s, ref);
      await s.settle(async () => over);
      assert.ok(over, 'the log is still followed');
      await following;
    } finally {
      stop.abort();
    }
  }),
  it('exec runs a command and tells its exit code, where offered', async (s, skip) => {
    const { exec } = s.provider;
    if (!exec) return skip('this cloud has no exec');
    const { ref } = await running(s);
    await using hello = await exec(ref, { command: ['echo', 'hello'] });
    assert.match(await outputOf(hello), /hello/);
    assert.equal(await hello.exit, 0);
    await using seven = await exec(ref, { command: ['sh', '-c', 'exit 7'] });
    assert.equal(await seven.exit, 7);
  }),
  it('exec of a command that is not there ends as in a shell, where offered', async (s, skip) => {
    const { exec } = s.provider;
    if (!exec) return skip('this cloud has no exec');
    const { ref } = await running(s);
    await using session = await exec(ref, { command: ['no-such-command-here'] });
    assert.equal(await session.exit, 127);
  }),
  it('exec hands on what is written to it, and its end, where offered', async (s, skip) => {
    const { exec } = s.provider;
    if (!exec) return skip('this cloud has no exec');
    const { ref } = await running(s);
    await using session = await exec(ref, { command: ['cat'], stdin: true });
    await session.write(new TextEncoder().encode('over there\n'));
    await session.closeInput();
    assert.equal(await outputOf(session), 'over there\n');
    assert.equal(await session.exit, 0);
  }),
  it('secret files are there when the container runs, where the traits promise them', async (s, skip) => {
    const { exec, traits } = s.provider;
    if (!traits.secretFiles) return skip('this cloud takes no secret files');
    if (!exec) return skip('this cloud has no exec');
    const content = 'first\nlast, without a line end';
    const { ref } = await create(s, 'a', { spec: { ...s.spec, secretFiles: [{ path: '/run/secrets/one', content: 'other' }, { path: '/run/secrets/deep/two', content, mode: 0o444 }] } });
    await reach(s, ref, 'running');
    await using session = await exec(ref, { command: ['cat', '/run/secrets/deep/two'] });
    assert.equal(await outputOf(session), content);
  }),
  it('dial reaches a port, where offered', async (s, skip) => {
    const { listens, provider: { dial } } = s;
    if (!dial) return skip('this cloud opens no connections');
    if (!listens) return skip('a listening workload cannot be staged here');
    const { ref } = await create(s, 'a', { spec: listens.spec });
    await reach(s, ref, 'running');
    let answer = '';
    await s.settle(async () => {
      answer = await dial(ref, listens.port).then((connection) => hear(connection, listens), () => '');
      return answer.includes(listens.says);
    });
    assert.ok(answer.includes(listens.says), `the port said "${answer}"`);
  }),
  it('usage reads what an instance takes, where offered', async (s, skip) => {
    const { usage } = s.provider;
    if (!usage) return skip('this cloud measures nothing');
    const { ref } = await running(s);
    const { cpus, memoryBytes } = await usage(ref);
    assert.ok(cpus >= 0 && memoryBytes > 0, `${cpus} cores and ${memoryBytes} bytes`);
  }),
  it('watch tells the key of an instance that changes, and of none in another fleet, where offered', async (s, skip) => {
    const { watch } = s.provider;
    if (!watch) return skip('this cloud tells of no changes');
    const stop = new AbortController();
    const told = first(watch({ fleet: s.fleet }, { signal: stop.signal }));
    let key: string | undefined;
    void told.then((one) => { key = one; }, () => {});
    try {
      const other = await create(s, 'b', { fleet: `${s.fleet}-2` });
      await forget(s, other.ref);
      await running(s);
      await s.settle(async () => key !== undefined);
      assert.equal(key, 'a');
    } finally {
      stop.abort();
      await told;
    }
  }),
];

async function first(keys: AsyncIterable<string>): Promise<string | undefined> {
  for await (const key of keys) return key;
  return undefined;
}

/** What a connection says, up to the words that are waited for. */
async function hear(connection: Connection, { send, says }: Listener): Promise<string> {
  await using open = connection;
  if (send !== undefined) await open.write(new TextEncoder().encode(send));
  const decoder = new TextDecoder();
  let heard = '';
  for await (const chunk of open.readable) {
    heard += decoder.decode(chunk, { stream: true });
    if (heard.includes(says)) break;
  }
  return heard;
}
