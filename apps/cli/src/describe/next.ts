import type { Container } from '@neb/core-types';

/** What one would do next with a container in its state. */
export function nextHints(container: Container): readonly string[] {
  const { name, namespace, deleted_at: deletedAt } = container.metadata;
  const at = `${name} -n ${namespace}`;
  if (deletedAt !== undefined) return [`neb wait container ${at} --for=deleted`];
  switch (container.status.status) {
    case 'running': return [`neb logs ${at} -f`, `neb exec -it ${at} -- sh`, ...forward(container, at), `neb delete container ${at}`];
    case 'completed': case 'failed': case 'stopped': return [`neb logs ${at}`, ...again(container, at), `neb delete container ${at}`];
    case 'restarting': return [`neb logs ${at} --previous`, `neb delete container ${at}`];
    case 'pending': case 'queued': case 'creating': case 'paused': return [`neb wait container ${at} --for=ready`, `neb explain container ${at}`, `neb delete container ${at}`];
    case 'deleting': case 'deleted': return [`neb events -n ${namespace} --for container/${name}`];
  }
}

function forward({ ports, proxy_port: proxyPort }: Container, at: string): readonly string[] {
  const port = proxyPort ?? ports?.[0]?.port;
  return port === undefined ? [] : [`neb port-forward ${at} ${port < 1024 ? port + 8_000 : port}:${port}`];
}

function again({ status }: Container, at: string): readonly string[] {
  return status.status === 'failed' ? [`neb get container ${at} -o yaml | neb apply --force -f -`] : [];
}
