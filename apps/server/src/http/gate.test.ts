import { seededRandom } from '@neb/core-types/testing';
import { describe, expect, test } from 'vitest';
import { corsHeaders, requestIdOf, stranger } from './gate.ts';

const local = { host: '127.0.0.1', allowedHosts: ['neb.internal'], corsOrigins: ['https://dash.example.com'] };

describe('a server on loopback', () => {
  test.each(['127.0.0.1:3000', 'localhost:3000', 'localhost', 'LOCALHOST:3000', '[::1]:3000', '127.0.0.2', 'neb.internal:80', 'neb.localhost'])('answers to %s', (host) => {
    expect(stranger(local, { host })).toBeUndefined();
  });

  test.each(['evil.example.com', 'evil.example.com:3000', '127.0.0.1.evil.example.com', '192.168.0.7:3000', 'localhost.evil.example.com', '', '[::1', undefined])('does not answer to %j', (host) => {
    expect(stranger(local, { host })).toMatch(/does not answer to the name/);
  });
});

test('a server on other addresses answers to any name', () => {
  expect(stranger({ ...local, host: '0.0.0.0' }, { host: 'neb.example.com' })).toBeUndefined();
});

describe('pages of other origins', () => {
  test('get nothing by default', () => {
    expect(corsHeaders({ ...local, corsOrigins: [] }, { origin: 'https://dash.example.com' })).toEqual({});
    expect(corsHeaders(local, { origin: 'https://evil.example.com' })).toEqual({});
    expect(corsHeaders(local, {})).toEqual({});
  });

  test('get in where they are listed, one by one and never all', () => {
    expect(corsHeaders(local, { origin: 'https://dash.example.com' })).toMatchObject({ 'access-control-allow-origin': 'https://dash.example.com', vary: 'origin' });
  });
});

test.each([['abc-123', 'abc-123'], ['a b', undefined], ['x'.repeat(65), undefined], ['<script>', undefined], [undefined, undefined]])('the request id %j is taken over as %j', (given, expected) => {
  const id = requestIdOf({ headers: { 'x-request-id': given } } as unknown as Parameters<typeof requestIdOf>[0], seededRandom(1));
  if (expected === undefined) expect(id).toMatch(/^[a-z][a-z0-9]{11}$/);
  else expect(id).toBe(expected);
});
