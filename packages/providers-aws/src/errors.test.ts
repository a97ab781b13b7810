import { expect, it } from 'vitest';
import { failureOf } from './errors.ts';
import { redactor } from './redact.ts';

const redact = redactor(['the secret key']);
const aws = (name: string, status = 400, message = 'as it says') => Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
const broken = (code: string, name = 'Error') => Object.assign(new Error('it broke'), { name, code, $metadata: {} });

it.each([
  ...['InsufficientInstanceCapacity', 'InsufficientHostCapacity', 'UnfulfillableCapacity', 'SpotMaxPriceTooLow', 'Unsupported', 'InsufficientFreeAddressesInSubnet'].map((name) => [aws(name, 500), 'no_capacity', 'no_capacity'] as const),
  ...['VcpuLimitExceeded', 'InstanceLimitExceeded', 'MaxSpotInstanceCountExceeded', 'PendingVerification'].map((name) => [aws(name), 'quota', 'quota'] as const),
  ...['AuthFailure', 'UnauthorizedOperation', 'InvalidClientTokenId', 'ExpiredToken', 'RequestExpired', 'AccessDeniedException', 'OptInRequired'].map((name) => [aws(name, 403), 'unauthorized', 'unauthorized'] as const),
  ...['RequestLimitExceeded', 'Throttling', 'ThrottlingException'].map((name) => [aws(name, 503), 'rate_limited', 'rate_limited'] as const),
  [aws('InvalidInstanceID.NotFound'), 'not_found', 'not_found'], [aws('ParameterNotFound'), 'not_found', 'not_found'],
  [aws('InvalidParameterValue'), 'invalid', 'invalid'], [aws('IdempotentParameterMismatch'), 'conflict', 'conflict'],
  [aws('InternalError', 500), 'uncertain', 'unavailable'], [aws('Unknown', 502), 'uncertain', 'unavailable'], [aws('Error', 200), 'uncertain', 'unavailable'], [aws('Unknown', 404), 'unavailable', 'unavailable'],
  [broken('ECONNRESET', 'TimeoutError'), 'uncertain', 'unavailable'], [broken('EPIPE'), 'uncertain', 'unavailable'], [broken('', 'TimeoutError'), 'uncertain', 'unavailable'],
  [broken('ECONNREFUSED'), 'unavailable', 'unavailable'], [broken('ENOTFOUND'), 'unavailable', 'unavailable'],
  [broken('', 'CredentialsProviderError'), 'unauthorized', 'unauthorized'],
] as const)('%s is %s of a purchase and %s of a look', (error, buying, looking) => {
  expect(failureOf(error, { action: 'RunInstances', buys: true }, redact).code).toBe(buying);
  expect(failureOf(error, { action: 'DescribeInstances', buys: false }, redact).code).toBe(looking);
});

it('an error shows no secret, and of a long one the beginning', () => {
  const { message } = failureOf(aws('InvalidParameterValue', 400, `the secret key AKIAABCDEFGHIJKLMNOP https://me:pass@host Signature=abc ${'x'.repeat(1_000)}\nmore`), { action: 'RunInstances', buys: true }, redact);
  expect(message).not.toMatch(/secret key|AKIA|pass@|=abc|more/);
  expect(message.length).toBeLessThan(400);
});
