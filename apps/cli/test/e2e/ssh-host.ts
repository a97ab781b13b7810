import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sshdHosts } from '@neb/cloud-simulator';
import { keyring } from '@neb/ssh';

/** A machine of platform `ssh`, which is this one behind a real sshd, and the variables by which a server uses it. */
export interface SshHost extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
}

/** What it is configured with is written below `folder`. */
export async function sshHost(folder: string): Promise<SshHost> {
  const hosts = sshdHosts();
  const keys = keyring('only for tests, and long enough for that');
  const [user, host] = [keys.user('tests'), keys.host({ fleet: 'tests', key: 'rack' })];
  const files = { ssh_host_ed25519_key: host.privateKey, authorized_keys: `${user.publicKey}\n` };
  const userData = Object.entries(files).map(([name, text]) => `cat > /etc/ssh/${name} <<'END'\n${text}END\n`).join('');
  const { publicAddress: address = '' } = await hosts.boot({ id: 'rack', userData, print: () => undefined, powerOff: () => undefined });
  const { port, username } = hosts.reach(address);
  const keyFile = join(folder, 'rack-key');
  writeFileSync(keyFile, user.privateKey, { mode: 0o600 });
  const config = join(folder, 'neb.yaml');
  writeFileSync(config, JSON.stringify({ ssh_hosts: [{ host: address, name: 'rack', port, user: username, key_file: keyFile, host_keys: [host.publicKey] }] }));
  return {
    env: { NEB_CONFIG: config },
    [Symbol.asyncDispose]: () => hosts.close(),
  };
}
