import { expect, it } from 'vitest';
import { servicePort } from './service.ts';

const container = { restart: 'Never' } as const;

it.each([
  ['nothing is named', {}, 8080],
  ['the service names it', { port: 1, container: { ...container, proxy_port: 2 } }, 1],
  ['the container has a proxy_port', { container: { ...container, proxy_port: 2, ports: [{ port: 3 }] } }, 2],
  ['the container has ports', { container: { ...container, ports: [{ port: 3 }], command: 'serve --port 4' } }, 3],
  ['its command says so, over lines', { container: { ...container, command: 'python -m vllm.entrypoints.api_server \\\n  --model m \\\n  --port 8000\n' } }, 8000],
  ['its arguments say so', { container: { ...container, args: ['serve', '--port=9000'] } }, 9000],
  ['its command means another port', { container: { ...container, command: 'serve --port-file x --sport 5 --port 99999' } }, 8080],
])('the port of a service where %s', (_, spec, port) => {
  expect(servicePort({ container, ...spec })).toBe(port);
});
