import { NebError } from '@neb/core-types';
import { openBrowser } from '../browser.ts';
import type { Session } from '../session.ts';

interface Begun {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly expires_in: number;
  readonly interval: number;
}

interface Granted {
  readonly access_token?: string;
  readonly error?: string;
}

const slowerByMs = 5_000;

/** Logs in by a code that a person confirms in a browser, here or on another machine; the token of the login. */
export async function loginByDevice(session: Session, server: string): Promise<string> {
  const { clock } = session.world;
  const begun = await post<Begun>(session, `${server}/auth/device`, { client_id: 'neb on this terminal' });
  if (typeof begun.device_code !== 'string') throw new NebError('unsupported', `${server} has no logins`, { hint: `neb login ${server} --token-stdin < FILE` });
  const { page, code } = printable(begun);
  session.world.stderr.write(`Open ${page} and compare the code: ${code}\n`);
  openBrowser(session, page);
  const untilMs = clock.now() + begun.expires_in * 1_000;
  for (let waitMs = begun.interval * 1_000; clock.now() < untilMs;) {
    await clock.sleep(waitMs, session.signal);
    session.signal.throwIfAborted();
    const { access_token: token, error } = await post<Granted>(session, `${server}/auth/token`, { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: begun.device_code });
    if (token !== undefined) return token;
    if (error === 'slow_down') waitMs += slowerByMs;
    else if (error === 'access_denied') throw new NebError('unauthorized', 'the login was turned away');
    else if (error !== 'authorization_pending') break;
  }
  throw new NebError('expired', 'nobody confirmed the login in time', { hint: 'neb login begins another.' });
}

async function post<Answer>({ signal }: Session, url: string, form: Readonly<Record<string, string>>): Promise<Answer> {
  const { lightFetch } = await import('../light-fetch.ts');
  try {
    const response = await lightFetch(url, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(form).toString(), signal });
    return (await response.json()) as Answer;
  } catch (cause) {
    signal.throwIfAborted();
    throw new NebError('unavailable', `no neb server answers at ${new URL(url).origin}`, { cause, hint: 'neb up starts one on this machine.' });
  }
}

/** A server's words go to a terminal and to a browser: nothing but a page's address and letters. */
function printable({ verification_uri_complete: uri, user_code: code }: Begun): { readonly page: string; readonly code: string } {
  const page = URL.canParse(uri) ? new URL(uri) : undefined;
  if (page && /^https?:$/.test(page.protocol) && /^[A-Z-]{4,20}$/.test(code)) return { page: page.href, code };
  throw new NebError('unsupported', 'the server answered the login with what is no page');
}
