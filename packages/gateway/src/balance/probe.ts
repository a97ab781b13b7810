import { get } from 'node:http';
import { connect } from 'node:net';

/** Whether a replica that starts answers: `check` is an `http` URL that answers with 2xx or 3xx, or `tcp://host:port` that takes a connection. Never rejects. */
export function answers(check: string, timeoutMs: number): Promise<boolean> {
  const url = new URL(check);
  return url.protocol === 'tcp:' ? takes(url, timeoutMs) : isWell(url, timeoutMs);
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

function isWell(url: URL, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (is: boolean): void => {
      clearTimeout(late);
      asked.destroy();
      resolve(is);
    };
    const asked = get(url, { agent: false, headers: { 'user-agent': 'neb-health', accept: '*/*' } }, ({ statusCode = 0 }) => end(statusCode >= 200 && statusCode < 400));
    const late = setTimeout(() => end(false), timeoutMs);
    asked.on('error', () => end(false));
  });
}
