import { get } from 'node:http';
import { connect } from 'node:net';
import { connectionOver, type Open, portOf } from '../pass/dial.ts';

/**
 * Whether a replica that starts answers: `check` is an `http` URL that answers with 2xx or 3xx, or `tcp://host:port` that takes a connection.
 * One that has to be dialled is reached by `open`. Never rejects.
 */
export function answers(check: string, timeoutMs: number, open?: Open): Promise<boolean> {
  const url = new URL(check);
  if (url.protocol !== 'tcp:') return isWell(url, timeoutMs, open);
  return open ? isOpened(open, portOf(url), timeoutMs) : takes(url, timeoutMs);
}

function takes({ hostname, port }: URL, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port), autoSelectFamily: false });
    const end = (isOpen: boolean): void => {
      clearTimeout(late);
      socket.destroy();
      resolve(isOpen);
    };
    const late = setTimeout(() => end(false), timeoutMs);
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

async function isOpened(open: Open, port: number, timeoutMs: number): Promise<boolean> {
  try {
    (await open(port, timeoutMs)).destroy();
    return true;
  } catch {
    return false;
  }
}

function isWell(url: URL, timeoutMs: number, open: Open | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (is: boolean): void => {
      clearTimeout(late);
      asked.destroy();
      resolve(is);
    };
    // Node asks for no connection of ours where it is told of an agent, or of none.
    const way = open ? { createConnection: connectionOver(open, { port: portOf(url), ms: timeoutMs }) } : { agent: false };
    const asked = get(url, { ...way, headers: { 'user-agent': 'neb-health', accept: '*/*' } }, ({ statusCode = 0 }) => end(statusCode >= 200 && statusCode < 400));
    const late = setTimeout(() => end(false), timeoutMs);
    asked.on('error', () => end(false));
  });
}
