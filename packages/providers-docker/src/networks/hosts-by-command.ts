import { type EngineClient, path } from '../connection/client.ts';
import { execCreated } from '../replies.ts';

/** In place, since the container has this very file mounted. Prints `written` where it did. */
const script = `address=$1; shift
kept=$(while read -r line; do case $line in "$address"[[:space:]]*) ;; *) printf '%s\\n' "$line" ;; esac; done </etc/hosts) || exit
{ printf '%s\\n' "$kept"; for name; do printf '%s\\t%s\\n' "$address" "$name"; done; } >/etc/hosts && echo written`;

/** Has a running container's own shell write `names` at `address` into its file of hosts, and nothing else at it. False where it cannot, such as without a shell. */
export async function writeHostsWithin(client: EngineClient, container: string, { address, names }: { readonly address: string; readonly names: readonly string[] }): Promise<boolean> {
  try {
    const body = { User: '0', AttachStdout: true, AttachStderr: true, Tty: true, Cmd: ['sh', '-c', script, 'sh', address, ...names] };
    const { Id } = await client.json(execCreated, { method: 'POST', path: path`/containers/${container}/exec`, body });
    const output = await client.stream({ method: 'POST', path: path`/exec/${Id}/start`, body: { Detach: false, Tty: true } });
    let text = '';
    for await (const chunk of output) text += String(chunk);
    return text.trim() === 'written';
  } catch {
    return false;
  }
}
