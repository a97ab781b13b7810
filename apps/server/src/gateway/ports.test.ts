import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isFree, portFor, portIn } from './ports.ts';

const range = { first: 30_000, last: 30_009 };

describe('the port of a service', () => {
  it('is the same again, and in the range', () => {
    const ids = Array.from({ length: 200 }, (_, nth) => `service-${nth}`);
    const ports = ids.map((id) => portFor(id, range, new Set()));
    expect(ids.map((id) => portFor(id, range, new Set()))).toEqual(ports);
    expect(new Set(ports).size).toBe(10);
    expect(ports.every((port) => port !== undefined && port >= range.first && port <= range.last)).toBe(true);
  });

  it('is another where that is taken, and none where all are', () => {
    const taken = new Set<number>();
    for (let nth = 0; nth < 10; nth++) {
      const port = portFor('a', range, taken)!;
      expect(taken.has(port)).toBe(false);
      taken.add(port);
    }
    expect(portFor('a', range, taken)).toBeUndefined();
  });
});

it.each([['127.0.0.1:30001', 30_001], ['[::1]:80', 80], ['gateway.example', undefined], [undefined, undefined]])('the port in %s is %s', (address, port) => {
  expect(portIn(address)).toBe(port);
});

it('a port is free where nobody listens', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await isFree('127.0.0.1', port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(await isFree('127.0.0.1', port)).toBe(true);
});
