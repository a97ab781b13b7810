import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hostsWith, writeHosts } from './hosts-file.ts';

const docker = '127.0.0.1\tlocalhost\n10.208.0.10\tother\n10.208.0.5\tcontainer-a\n';

test.each([
  ['adds names', docker, ['web.shop', 'service-s1'], `${docker}10.208.0.1\tweb.shop\n10.208.0.1\tservice-s1\n`],
  ['takes away those that are gone', `10.208.0.1\told\n${docker}10.208.0.1\tweb.shop\n`, ['new'], `${docker}10.208.0.1\tnew\n`],
  ['takes all away', `${docker} 10.208.0.1  web.shop # theirs\n`, [], docker],
  ['leaves what the container wrote', `${docker}# mine\n1.2.3.4 mine`, ['web.shop'], `${docker}# mine\n1.2.3.4 mine\n10.208.0.1\tweb.shop\n`],
])('a file of hosts %s', (_, text, names, after) => {
  expect(hostsWith(text, '10.208.0.1', names)).toBe(after);
  expect(hostsWith(after, '10.208.0.1', names)).toBe(after);
});

test('a file of hosts is written in place, and nothing through a link', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'neb-hosts-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [file, link] = [join(folder, 'hosts'), join(folder, 'link')];
  await writeFile(file, docker);
  expect(await writeHosts(file, '10.208.0.1', ['web.shop', 'longer-than-before'])).toBe(true);
  expect(await readFile(file, 'utf8')).toBe(`${docker}10.208.0.1\tweb.shop\n10.208.0.1\tlonger-than-before\n`);
  expect(await writeHosts(file, '10.208.0.1', [])).toBe(true);
  expect(await readFile(file, 'utf8')).toBe(docker);
  await symlink(file, link);
  expect(await writeHosts(link, '10.208.0.1', ['web.shop'])).toBe(false);
  expect(await writeHosts(join(folder, 'none'), '10.208.0.1', [])).toBe(false);
  expect(await readFile(file, 'utf8')).toBe(docker);
});
