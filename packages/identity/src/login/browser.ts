import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Random } from '@neb/core-types';
import { pageHeaders, page, type PageContent } from './page.ts';

/** A request to /auth, its body read. */
export interface Asked {
  readonly method: string;
  /** As the person's browser sees it. */
  readonly url: URL;
  readonly form: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Whom to count requests by. */
  readonly address: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}

/** What ties a browser to its forms and to its login. */
export interface Browser {
  /** The proof that a form came from a page of ours in this browser. */
  readonly csrf: string;
  /** What it says of a login under way. */
  readonly login: string | undefined;
  /** Whether `asked` is a form of ours, sent by this browser. */
  sentForm(): boolean;
  show(status: number, content: PageContent): Reply;
  /** Sends it elsewhere, and remembers its login. */
  send(to: string, login: string): Reply;
}

export interface BrowserOptions {
  readonly random: Random;
  readonly issuerOrigin: string | undefined;
}

const minutes = 10 * 60;

export function browserOf(asked: Asked, { random, issuerOrigin }: BrowserOptions): Browser {
  const secure = asked.url.protocol === 'https:';
  // The prefix keeps other hosts under the same name from setting them; it takes TLS.
  const [formCookie, loginCookie] = secure ? ['__Host-neb_form', '__Host-neb_login'] as const : ['neb_form', 'neb_login'] as const;
  const cookies = cookiesOf(asked.headers.cookie);
  const known = cookies.get(formCookie);
  const key = known !== undefined && /^[0-9a-f]{64}$/.test(known) ? known : undefined;
  const fresh = key ?? Buffer.from(random(32)).toString('hex');
  const cookie = (name: string, value: string, sameSite: 'Strict' | 'Lax'): string =>
    `${name}=${value}; Path=/; Max-Age=${minutes}; HttpOnly; SameSite=${sameSite}${secure ? '; Secure' : ''}`;
  const csrf = proof(fresh);

  return {
    csrf,
    login: cookies.get(loginCookie),
    sentForm() {
      const site = asked.headers['sec-fetch-site'];
      if (site !== undefined && site !== 'same-origin') return false;
      const given = Buffer.from(asked.form.get('csrf') ?? '');
      const expected = Buffer.from(key === undefined ? '' : proof(key));
      return expected.length > 0 && given.length === expected.length && timingSafeEqual(given, expected);
    },
    show: (status, content) => ({ status, headers: { ...pageHeaders(issuerOrigin), 'set-cookie': [cookie(formCookie, fresh, 'Strict')] }, body: page(content) }),
    // Lax: the issuer sends the person back from another site.
    send: (to, login) => ({ status: 303, headers: { location: to, 'cache-control': 'no-store', 'set-cookie': [cookie(loginCookie, login, 'Lax')] }, body: '' }),
  };
}

function proof(key: string): string {
  return createHmac('sha256', key).update('a form of neb').digest('hex');
}

function cookiesOf(header: string | string[] | undefined): ReadonlyMap<string, string> {
  const text = Array.isArray(header) ? header.join(';') : (header ?? '');
  return new Map(text.split(';').flatMap((part) => {
    const [name = '', ...value] = part.trim().split('=');
    return name === '' ? [] : [[name, value.join('=')] as const];
  }));
}
