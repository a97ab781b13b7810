import { masker, type Masker } from '@neb/core-types';

/** Blots out `secrets` in AWS's words, and whatever looks like a credential. */
export function redactor(secrets: readonly string[]): Masker {
  const mask = masker(secrets);
  return (text) =>
    mask(text)
      .replaceAll(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g, '***')
      .replaceAll(/\b(Signature|Credential|X-Amz-Security-Token)=[^\s,&"']+/gi, '$1=***')
      .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, '$1***@');
}
