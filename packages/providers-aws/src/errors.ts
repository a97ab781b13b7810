import { type ErrorCode, firstLine, type Masker, NebError } from '@neb/core-types';

/** What was asked when it went wrong. */
export interface Asked {
  /** Such as `RunInstances`. */
  readonly action: string;
  /** Whether the call, if it took effect all the same, has bought something. */
  readonly buys: boolean;
}

/** What the SDK threw, as an error for the user, which keeps AWS's own code in `details.awsCode`; `details.scope` is `account` where it is of all that the account may have. */
export function failureOf(error: unknown, { action, buys }: Asked, redact: Masker): NebError {
  const { name, code, message, status } = factsOf(error);
  const said = redact(firstLine(message)) || name;
  if (name === 'CredentialsProviderError') return new NebError('unauthorized', 'there are no AWS credentials', { hint: keysHint });
  if (status === undefined) return unanswered({ buys, said, code });
  const more = { cause: new Error(`${name} (status ${status})`), details: { awsCode: name, ...(ofAccount.has(name) && { scope: 'account' }) } };
  const known = codes.get(name);
  if (known === 'unauthorized') return new NebError('unauthorized', `AWS does not allow ${action}: ${said}`, { ...more, hint: rightsMissing.has(name) ? rightsHint : keysHint });
  if (known === 'quota') return new NebError('quota', `the AWS account's quota is used up: ${said}`, { ...more, hint: 'Ask for more in the AWS console under Service Quotas, Amazon EC2.' });
  if (known === 'rate_limited') return new NebError('rate_limited', `AWS asks for fewer calls: ${said}`, { ...more, retryAfterMs: throttleMs });
  if (known === 'no_capacity') return new NebError('no_capacity', `EC2 has none free: ${said}`, more);
  return new NebError(known ?? codeOf(name, { status, buys }), `AWS answers ${action} with ${name}: ${said}`, more);
}

/** Whether AWS refused with this code of its own. */
export function isAws(error: unknown, ...awsCodes: readonly string[]): error is NebError {
  return error instanceof NebError && awsCodes.includes(String(error.details?.['awsCode']));
}

const keysHint = 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for temporary ones) to keys that are valid.';
const rightsHint = 'Give the user or role of AWS_ACCESS_KEY_ID the rights that the README of @neb/providers-aws lists.';
const throttleMs = 5_000;

const codes = new Map<string, ErrorCode>([
  ...each('no_capacity', [
    'InsufficientInstanceCapacity', 'InsufficientHostCapacity', 'InsufficientReservedInstanceCapacity', 'UnfulfillableCapacity', 'InsufficientCapacity',
    'SpotMaxPriceTooLow', 'InsufficientFreeAddressesInSubnet', 'InsufficientVolumeCapacity',
    // The type is not in this zone.
    'Unsupported',
  ]),
  ...each('quota', ['VcpuLimitExceeded', 'InstanceLimitExceeded', 'MaxSpotInstanceCountExceeded', 'VolumeLimitExceeded', 'PendingVerification', 'SecurityGroupLimitExceeded']),
  ...each('unauthorized', [
    'UnauthorizedOperation', 'AccessDeniedException', 'AuthFailure', 'InvalidClientTokenId', 'UnrecognizedClientException', 'ExpiredToken', 'ExpiredTokenException',
    'RequestExpired', 'SignatureDoesNotMatch', 'InvalidSignatureException', 'MissingAuthenticationToken', 'OptInRequired', 'Blocked',
  ]),
  ...each('rate_limited', ['RequestLimitExceeded', 'Throttling', 'ThrottlingException', 'RequestThrottled', 'EC2ThrottledException', 'TooManyRequestsException', 'SlowDown']),
  ...each('conflict', ['IdempotentParameterMismatch', 'IncorrectInstanceState', 'DependencyViolation', 'InvalidGroup.Duplicate', 'InvalidPermission.Duplicate', 'InvalidKeyPair.Duplicate']),
  ...each('not_found', ['ParameterNotFound']),
]);

/** Quotas that are of the whole account, and not of a type in a region. */
const ofAccount = new Set(['PendingVerification']);

const rightsMissing = new Set(['UnauthorizedOperation', 'AccessDeniedException', 'OptInRequired', 'Blocked']);

function each(code: ErrorCode, names: readonly string[]): readonly (readonly [string, ErrorCode])[] {
  return names.map((name) => [name, code]);
}

function codeOf(name: string, { status, buys }: { readonly status: number; readonly buys: boolean }): ErrorCode {
  if (name.endsWith('.NotFound')) return 'not_found';
  // Neither a gateway's error nor an answer that cannot be read tells whether it was done.
  if (status >= 500 || status < 400) return buys ? 'uncertain' : 'unavailable';
  return name === unnamed ? 'unavailable' : 'invalid';
}

function unanswered({ buys, said, code }: { readonly buys: boolean; readonly said: string; readonly code: string }): NebError {
  const lost = buys && !neverSent.has(code);
  return new NebError(lost ? 'uncertain' : 'unavailable', lost ? `the connection to AWS broke before it answered: ${said}` : `AWS cannot be reached: ${said}`, { cause: new Error(said) });
}

/** No connection came about, so nothing was asked. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH']);

/** What the SDK calls an error whose code it could not read. */
const unnamed = 'Unknown';

function factsOf(error: unknown): { readonly name: string; readonly code: string; readonly message: string; readonly status: number | undefined } {
  const { name = unnamed, code = '', message = String(error), $metadata } = (error ?? {}) as Partial<Error> & { code?: string; $metadata?: { httpStatusCode?: number } };
  return { name, code, message, status: $metadata?.httpStatusCode };
}
