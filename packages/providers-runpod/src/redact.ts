import { masker, type Masker } from '@neb/core-types';

/** Blots out `secrets` in RunPod's words, and whatever looks like a credential: keys, and those of URLs and headers. */
export function redactor(secrets: readonly string[]): Masker {
  const mask = masker(secrets);
  return (text) =>
    mask(text)
      .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, '$1***@')
      .replaceAll(/\b(bearer|basic)\s+[a-z0-9+/=._~-]{8,}/gi, '$1 ***')
      .replaceAll(/\brpa_[a-z0-9]{8,}/gi, '***')
      .replaceAll(/([?&;](?:api_key|token|password|secret)=)[^\s&;"']+/gi, '$1***');
}
