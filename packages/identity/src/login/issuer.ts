import { messageOf, NebError } from '@neb/core-types';
import type * as OpenId from 'openid-client';
import type { ExternalIdentity } from '../users.ts';

/** An OpenID Connect issuer at which people sign in. */
export interface Issuer {
  /** Where its pages are, for the policy of ours. */
  readonly origin: string;
  /** The address to send a person to, and what to remember until they are back. */
  begin(callback: string): Promise<{ readonly url: string; readonly state: string; readonly nonce: string; readonly verifier: string }>;
  /** Who came back with `returned`, the whole address. Throws `unauthorized` for what the issuer did not sign for this login, and for an address it has not verified. */
  finish(returned: URL, expected: { readonly state: string; readonly nonce: string; readonly verifier: string }): Promise<ExternalIdentity>;
}

export interface IssuerOptions {
  /** https, except on loopback. */
  readonly url: string;
  readonly clientId: string;
  /** Absent for a public client: PKCE then stands alone. */
  readonly clientSecret?: string | undefined;
}

/** Asks nothing before the first login. Throws `invalid` for an address that anybody on the way could answer for. */
export function openIdIssuer({ url, clientId, clientSecret }: IssuerOptions): Issuer {
  const server = safeUrl(url);
  let ready: Promise<{ readonly lib: typeof OpenId; readonly config: OpenId.Configuration }> | undefined;

  /** A discovery that failed is tried again with the next login. */
  const discovered = (): NonNullable<typeof ready> => {
    ready ??= discover().catch((error: unknown) => {
      ready = undefined;
      throw new NebError('unavailable', `the issuer ${server.origin} cannot be used: ${messageOf(error)}`, { cause: error, hint: 'See that NEB_OIDC_ISSUER is right and that this server reaches it.' });
    });
    return ready;
  };

  return {
    origin: server.origin,
    async begin(callback) {
      const { lib, config } = await discovered();
      const [verifier, state, nonce] = [lib.randomPKCECodeVerifier(), lib.randomState(), lib.randomNonce()];
      const to = lib.buildAuthorizationUrl(config, {
        redirect_uri: callback, scope: 'openid email profile', state, nonce, code_challenge: await lib.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
      });
      return { url: to.href, state, nonce, verifier };
    },
    async finish(returned, { state, nonce, verifier }) {
      const { lib, config } = await discovered();
      try {
        const tokens = await lib.authorizationCodeGrant(config, returned, { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true });
        const signed = tokens.claims()!;
        // Many issuers tell the address at their userinfo endpoint only; it must be of the same subject.
        const told = typeof signed.email === 'string' ? signed : await lib.fetchUserInfo(config, tokens.access_token, signed.sub);
        if (typeof told.email !== 'string' || told.email_verified !== true) {
          throw new NebError('unauthorized', 'the issuer has not verified your e-mail address', { hint: 'Have it verified there, and sign in again.' });
        }
        return { issuer: signed.iss, subject: signed.sub, email: told.email, ...(typeof told.name === 'string' && { displayName: told.name.slice(0, 200) }) };
      } catch (error) {
        if (error instanceof NebError) throw error;
        throw new NebError('unauthorized', `signing in at ${server.origin} did not work: ${messageOf(error)}`, { cause: error });
      }
    },
  };

  /** The library is loaded with the first login. */
  async function discover(): Promise<{ readonly lib: typeof OpenId; readonly config: OpenId.Configuration }> {
    const lib = await import('openid-client');
    const insecure = server.protocol === 'http:' ? { execute: [lib.allowInsecureRequests] } : {};
    const config = await lib.discovery(server, clientId, clientSecret, clientSecret === undefined ? lib.None() : undefined, insecure);
    // Without this the library takes TLS for proof enough, and does not look at signatures.
    lib.enableNonRepudiationChecks(config);
    return { lib, config };
  }
}

function safeUrl(text: string): URL {
  if (!URL.canParse(text)) throw new NebError('invalid', `the issuer "${text}" is not an address`);
  const url = new URL(text);
  const loopback = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && loopback)) return url;
  throw new NebError('invalid', `the issuer ${text} must be https: anybody on the way to it could sign people in`);
}
