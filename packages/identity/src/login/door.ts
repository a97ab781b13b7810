import { buckets, type Clock, isNebError, type Random, systemClock, systemRandom } from '@neb/core-types';
import type { Identity } from '../identity.ts';
import type { Grant } from '../sessions.ts';
import { type Asked, type Browser, browserOf, type Reply } from './browser.ts';
import type { Device } from './devices.ts';
import type { Issuer } from './issuer.ts';

export interface LoginDoorOptions {
  readonly identity: Pick<Identity, 'devices' | 'logins' | 'users'>;
  /** Where people sign in. */
  readonly issuer?: Issuer | undefined;
  /** Without an issuer: whose secret a person typed, such as the server's own token or an API key. */
  readonly signIn: (secret: string) => Promise<Grant | undefined>;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** Answers everything under /auth; `undefined` where there is nothing. Throws only what is a fault of the server or of its database. */
export type LoginDoor = (asked: Asked) => Promise<Reply | undefined>;

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

/** Logging in: OAuth 2.0 device authorisation (RFC 8628) for programs, and the pages on which people confirm it. */
export function loginDoor({ identity, issuer, signIn, clock = systemClock, random = systemRandom }: LoginDoorOptions): LoginDoor {
  const { devices, logins, users } = identity;
  const byAddress = buckets({ perSecond: 2, burst: 60 }, clock);
  // A code that is guessed at, or a secret under a code, is not tried often.
  const byCode = buckets({ perSecond: 1 / 30, burst: 10 }, clock);

  const routes = new Map<string, (asked: Asked, browser: Browser) => Promise<Reply>>([
    ['POST /auth/device', begin], ['POST /auth/token', poll], ['GET /auth/device', show],
    ['POST /auth/device/sign-in', signInAtIssuer], ['GET /auth/callback', comeBack], ['POST /auth/device/confirm', confirm],
  ]);

  return async (asked) => {
    const browser = browserOf(asked, { random, issuerOrigin: issuer?.origin });
    const answer = routes.get(`${asked.method} ${asked.url.pathname}`);
    if (!answer) return undefined;
    if (byAddress.take(asked.address) > 0) return json(429, { error: 'slow_down', error_description: 'too many requests from this address' }, { 'retry-after': '10' });
    try {
      return await answer(asked, browser);
    } catch (error) {
      // What a person can meet is told on a page; the rest is a fault.
      if (isNebError(error, 'unauthorized') || isNebError(error, 'conflict')) return said(browser, 403, error.message);
      throw error;
    }
  };

  async function begin({ url, form }: Asked): Promise<Reply> {
    const { deviceCode, userCode, intervalMs, lifeMs } = await devices.begin({ client: form.get('client_id') ?? 'neb' });
    const page = new URL('/auth/device', url);
    const complete = new URL(page);
    complete.searchParams.set('user_code', userCode);
    return json(200, {
      device_code: deviceCode, user_code: userCode, verification_uri: page.href, verification_uri_complete: complete.href,
      expires_in: lifeMs / 1_000, interval: intervalMs / 1_000,
    });
  }

  async function poll({ form }: Asked): Promise<Reply> {
    const code = form.get('device_code');
    if (form.get('grant_type') !== deviceGrant) return json(400, { error: 'unsupported_grant_type' });
    if (!code) return json(400, { error: 'invalid_request', error_description: 'device_code is missing' });
    const polled = await devices.poll(code);
    if (polled.do !== 'token') return json(400, { error: polled.do });
    return json(200, { access_token: polled.token, token_type: 'Bearer', expires_in: Math.max(0, Math.floor((Date.parse(polled.expiresAt) - clock.now()) / 1_000)) });
  }

  async function show({ url }: Asked, browser: Browser): Promise<Reply> {
    const code = url.searchParams.get('user_code');
    if (code === null) return askForCode(browser, 200, 'Type the code that your terminal shows.');
    const device = await waiting(code);
    if (!device) return askForCode(browser, 404, 'No login waits under this code. It may be over: codes are good for ten minutes, and once.');
    return confirmPage(browser, device);
  }

  async function signInAtIssuer({ url, form }: Asked, browser: Browser): Promise<Reply> {
    if (!browser.sentForm()) return stale(browser);
    const device = await waiting(form.get('user_code') ?? '');
    if (!issuer || !device) return askForCode(browser, 404, 'No login waits under this code.');
    const { url: to, ...remembered } = await issuer.begin(callbackOf(url));
    const { secret } = await logins.begin({ userCode: device.userCode, ...remembered });
    return browser.send(to, secret);
  }

  async function comeBack({ url }: Asked, browser: Browser): Promise<Reply> {
    const login = browser.login === undefined ? undefined : await logins.find(browser.login);
    if (!issuer || !login || login.user !== undefined) return said(browser, 400, 'This login did not begin in this browser, or is over. Begin again in your terminal.');
    const back = new URL(callbackOf(url));
    back.search = url.search;
    const user = await users.signIn(await issuer.finish(back, login));
    if (!(await logins.knownAs(browser.login!, user.id))) return said(browser, 400, 'This login is over. Begin again in your terminal.');
    const device = await devices.find(login.userCode);
    if (!device) return said(browser, 404, 'This login is over. Begin again in your terminal.');
    return browser.show(200, {
      title: 'Let this device in?', code: device.userCode,
      lines: [`You are ${user.id}.`, `${device.client} will act as you. Go on only if you began this, and your terminal shows this code.`],
      form: { action: '/auth/device/confirm', hidden: { csrf: browser.csrf }, buttons: [{ text: 'Let it in', value: 'yes' }, { text: 'Turn it away', value: 'no' }] },
    });
  }

  async function confirm({ form }: Asked, browser: Browser): Promise<Reply> {
    if (!browser.sentForm()) return stale(browser);
    const yes = form.get('decision') === 'yes';
    if (issuer) {
      const login = browser.login === undefined ? undefined : await logins.finish(browser.login);
      if (login?.user === undefined) return said(browser, 400, 'This login is over. Begin again in your terminal.');
      return await decided(browser, login.userCode, yes ? { holder: { is: 'user', id: login.user } } : 'denied');
    }
    const device = await waiting(form.get('user_code') ?? '');
    if (!device) return askForCode(browser, 404, 'No login waits under this code.');
    if (!yes) return await decided(browser, device.userCode, 'denied');
    const grant = await signIn(form.get('secret') ?? '');
    if (!grant) return confirmPage(browser, device, 'That is not a token or a key of this server.');
    return await decided(browser, device.userCode, grant);
  }

  async function decided(browser: Browser, userCode: string, answer: Grant | 'denied'): Promise<Reply> {
    if (!(await devices.answer(userCode, answer))) return said(browser, 409, 'This login is over. Begin again in your terminal.');
    return said(browser, 200, answer === 'denied' ? 'It was turned away. You can close this page.' : 'You are logged in: your terminal goes on. You can close this page.');
  }

  async function waiting(code: string): Promise<Device | undefined> {
    return byCode.take(code.toUpperCase().replaceAll(/[^A-Z]/g, '')) === 0 ? await devices.find(code) : undefined;
  }

  function confirmPage(browser: Browser, { userCode, client }: Device, problem?: string): Reply {
    const lines = [...(problem === undefined ? [] : [problem]), `${client} asks to act as you. Go on only if you began this, and your terminal shows this code.`];
    const hidden = { csrf: browser.csrf, user_code: userCode };
    return browser.show(problem === undefined ? 200 : 403, {
      title: 'Log in', code: userCode, lines,
      form: issuer
        ? { action: '/auth/device/sign-in', hidden, buttons: [{ text: 'Sign in' }] }
        : { action: '/auth/device/confirm', hidden, fields: [{ name: 'secret', label: 'The server\'s token, or an API key', type: 'password' }], buttons: [{ text: 'Let it in', value: 'yes' }, { text: 'Turn it away', value: 'no' }] },
    });
  }
}

function askForCode(browser: Browser, status: number, line: string): Reply {
  return browser.show(status, { title: 'Log in', lines: [line], form: { action: '/auth/device', method: 'get', fields: [{ name: 'user_code', label: 'Code', type: 'text' }], buttons: [{ text: 'Go on' }] } });
}

function said(browser: Browser, status: number, line: string): Reply {
  return browser.show(status, { title: 'Log in', lines: [line] });
}

function stale(browser: Browser): Reply {
  return said(browser, 403, 'This form is from another page, or was open for too long. Open the address that your terminal shows again.');
}

/** Registered at the issuer. */
function callbackOf(url: URL): string {
  return new URL('/auth/callback', url).href;
}

function json(status: number, value: object, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers }, body: JSON.stringify(value) };
}
