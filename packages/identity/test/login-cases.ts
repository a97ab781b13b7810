import type { Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type Asked, loginDoor, type LoginDoorOptions, type Reply } from '../src/login/index.ts';
import { ground, someone } from './ground.ts';

/** A browser that keeps cookies, and a program, at one door. */
export function visitor(door: ReturnType<typeof loginDoor>, origin = 'http://127.0.0.1:3000') {
  const jar = new Map<string, string>();
  return {
    jar,
    async ask(method: string, path: string, form: Readonly<Record<string, string>> = {}, more: Partial<Asked> = {}): Promise<Reply> {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const reply = await door({ method, url: new URL(path, origin), form: new URLSearchParams(form), headers: { cookie, ...more.headers }, address: more.address ?? '10.0.0.1' });
      if (!reply) throw new Error(`nothing at ${path}`);
      for (const line of [reply.headers['set-cookie'] ?? []].flat()) {
        const [name = '', value = ''] = line.split(';')[0]!.split('=');
        jar.set(name, value);
      }
      return reply;
    },
  };
}

export const field = (html: string, name: string): string => new RegExp(`name="${name}" (?:type="hidden" )?value="([^"]*)"`).exec(html)?.[1] ?? '';
const grantType = 'urn:ietf:params:oauth:grant-type:device_code';

export function loginCases(db: () => Kysely<unknown>): void {
  const stage = (options: Partial<LoginDoorOptions> = {}) => {
    const { who, clock } = ground(db());
    const door = loginDoor({ identity: who, clock, signIn: (secret) => who.grantOf(secret), ...options });
    return { who, clock, door, program: visitor(door), browser: visitor(door) };
  };
  const begun = async (program: ReturnType<typeof visitor>) => JSON.parse((await program.ask('POST', '/auth/device', { client_id: 'neb on laptop' })).body) as Record<string, string>;
  const poll = async (program: ReturnType<typeof visitor>, device_code: string) => {
    const { status, body } = await program.ask('POST', '/auth/token', { grant_type: grantType, device_code });
    return { status, ...(JSON.parse(body) as { error?: string; access_token?: string; expires_in?: number }) };
  };

  describe('logging in without an issuer', () => {
    test('takes a code, a key on a page, and gives a session once', async () => {
      const { who, clock, program, browser } = stage();
      const { id } = await who.users.invite(someone());
      const { key, token } = await who.keys.create({ name: 'laptop', holder: { is: 'user', id }, createdBy: id, scope: { verbs: ['read'] } });
      const device = await begun(program);
      expect(device).toMatchObject({ user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/), verification_uri: 'http://127.0.0.1:3000/auth/device', expires_in: 600, interval: 5 });
      expect(await poll(program, device.device_code!)).toEqual({ status: 400, error: 'authorization_pending' });
      expect(await poll(program, device.device_code!)).toEqual({ status: 400, error: 'slow_down' });

      const shown = await browser.ask('GET', new URL(device.verification_uri_complete!).pathname + new URL(device.verification_uri_complete!).search);
      expect(shown.body).toContain(device.user_code);
      expect(shown.body).not.toMatch(/<script|javascript:/i);
      expect(shown.headers['content-security-policy']).toMatch(/^default-src 'none'/);
      expect([shown.headers['set-cookie']].flat().join()).toMatch(/HttpOnly; SameSite=Strict/);
      const form = { csrf: field(shown.body, 'csrf'), user_code: device.user_code!, decision: 'yes' };
      expect((await browser.ask('POST', '/auth/device/confirm', { ...form, secret: `${token.slice(0, -1)}x` })).status).toBe(403);
      expect((await browser.ask('POST', '/auth/device/confirm', { ...form, secret: token })).status).toBe(200);

      clock.advance(11_000);
      const granted = await poll(program, device.device_code!);
      expect(granted).toMatchObject({ status: 200, expires_in: 12 * 3_600, access_token: expect.stringMatching(/^nebs_/) });
      expect(await who.authenticate(granted.access_token)).toMatchObject({ id, scope: { verbs: ['read'] } });
      expect(await poll(program, device.device_code!)).toEqual({ status: 400, error: 'expired_token' });
      await who.keys.revoke(key.id);
      expect(await who.authenticate(granted.access_token)).toBeUndefined();
    });

    test('is turned away, and ends by itself', async () => {
      const { clock, program, browser } = stage();
      const device = await begun(program);
      const page = await browser.ask('GET', `/auth/device?user_code=${device.user_code!.toLowerCase().replace('-', '')}`);
      expect((await browser.ask('POST', '/auth/device/confirm', { csrf: field(page.body, 'csrf'), user_code: device.user_code!, decision: 'no' })).status).toBe(200);
      expect(await poll(program, device.device_code!)).toEqual({ status: 400, error: 'access_denied' });
      const other = await begun(program);
      clock.advance(600_000);
      expect(await poll(program, other.device_code!)).toEqual({ status: 400, error: 'expired_token' });
      expect((await browser.ask('GET', `/auth/device?user_code=${other.user_code}`)).status).toBe(404);
    });

    test('takes no form of another site, another browser, or none at all', async () => {
      const { who, program, browser, door } = stage();
      const { id } = await who.users.invite(someone());
      const { token } = await who.keys.create({ name: 'laptop', holder: { is: 'user', id }, createdBy: id });
      const device = await begun(program);
      const page = await browser.ask('GET', `/auth/device?user_code=${device.user_code}`);
      const form = { csrf: field(page.body, 'csrf'), user_code: device.user_code!, decision: 'yes', secret: token };
      const elsewhere = visitor(door);
      await elsewhere.ask('GET', '/auth/device');
      for (const reply of [
        await browser.ask('POST', '/auth/device/confirm', { ...form, csrf: '' }),
        await browser.ask('POST', '/auth/device/confirm', form, { headers: { 'sec-fetch-site': 'cross-site' } }),
        await elsewhere.ask('POST', '/auth/device/confirm', form),
        await visitor(door).ask('POST', '/auth/device/confirm', form),
        await visitor(door).ask('POST', '/auth/device/confirm', { ...form, csrf: '' }),
      ]) expect(reply.status).toBe(403);
      expect(await poll(program, device.device_code!)).toEqual({ status: 400, error: 'authorization_pending' });
    });

    test('shows what a program calls itself as text', async () => {
      const { program, browser } = stage();
      const device = JSON.parse((await program.ask('POST', '/auth/device', { client_id: '<script>alert(1)</script>"' })).body) as Record<string, string>;
      const { body } = await browser.ask('GET', `/auth/device?user_code=${device.user_code}`);
      expect(body).not.toContain('<script');
      expect(body).toContain('&#60;script');
    });

    test('is limited by address and by code', async () => {
      const { program, browser, clock } = stage();
      const device = await begun(program);
      const statuses: number[] = [];
      for (let n = 0; n < 12; n++) statuses.push((await browser.ask('GET', `/auth/device?user_code=${device.user_code}`, {}, { address: `10.0.1.${n}` })).status);
      expect(statuses).toEqual([...Array<number>(10).fill(200), 404, 404]);
      for (let n = 0; n < 60; n++) await browser.ask('GET', '/auth/device', {}, { address: '10.0.0.9' });
      expect((await browser.ask('GET', '/auth/device', {}, { address: '10.0.0.9' })).status).toBe(429);
      expect((await browser.ask('GET', '/auth/device', {}, { address: '10.0.0.8' })).status).toBe(200);
      clock.advance(500);
      expect((await browser.ask('GET', '/auth/device', {}, { address: '10.0.0.9' })).status).toBe(200);
    });

    test('keeps its cookies to this host where there is TLS', async () => {
      const { door } = stage();
      const { headers } = await visitor(door, 'https://neb.example').ask('GET', '/auth/device');
      expect([headers['set-cookie']].flat()[0]).toMatch(/^__Host-neb_form=[0-9a-f]{64}; Path=\/; .*; Secure$/);
    });
  });
}
