import { NebError } from '@neb/core-types/errors';

/** What a caller is told where no server answered at `url`. */
export function unreachable(url: string, cause: unknown): NebError {
  const distrust = distrustOf(codeIn(cause));
  if (distrust !== undefined) {
    return new NebError('unavailable', `the certificate of ${url} ${distrust}`, { cause, hint: 'NEB_CA_FILE or NODE_EXTRA_CA_CERTS names the file of an authority to trust.' });
  }
  const reason = reasonOf(cause);
  return new NebError('unavailable', `no server answers at ${url}${reason && ` (${reason})`}`, {
    cause,
    hint: 'Start one with `neb up`, or name another with --server or NEB_SERVER.',
  });
}

/** Whether a call that failed like this cannot have reached the server. */
export function neverArrived(cause: unknown): boolean {
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'].includes(codeIn(cause) ?? '');
}

/** A cut connection, after which nobody knows whether a change was made. */
export function cutOff(what: string, cause: unknown): NebError {
  return new NebError('uncertain', `the connection broke before the server answered ${what}: it may or may not have been done`, {
    cause,
    hint: 'Look with `neb get`, or repeat it with `neb apply`, which changes nothing that is as it should be.',
  });
}

/** What speaks against a server's certificate, in words. */
function distrustOf(code: string | undefined): string | undefined {
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT': case 'SELF_SIGNED_CERT_IN_CHAIN': case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE': case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'is signed by nobody known here';
    case 'ERR_TLS_CERT_ALTNAME_INVALID': return 'is for another name';
    case 'CERT_HAS_EXPIRED': return 'has expired';
    default: return undefined;
  }
}

function reasonOf(cause: unknown): string {
  switch (codeIn(cause)) {
    case undefined: return '';
    case 'ECONNREFUSED': return 'connection refused';
    case 'ENOTFOUND': case 'EAI_AGAIN': return 'unknown host';
    case 'ECONNRESET': case 'UND_ERR_SOCKET': return 'connection reset';
    case 'UND_ERR_CONNECT_TIMEOUT': case 'ETIMEDOUT': return 'timed out';
    default: return codeIn(cause) ?? '';
  }
}

/** The system's code, which fetch wraps once or, where it tried several addresses, twice. */
function codeIn(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined;
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  if ('errors' in cause && Array.isArray(cause.errors)) return codeIn(cause.errors[0]);
  return 'cause' in cause ? codeIn(cause.cause) : undefined;
}
