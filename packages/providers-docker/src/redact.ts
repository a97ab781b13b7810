/** Blots out credentials in an engine's words: those of URLs and headers, and `secrets` wherever they stand. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text
    .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, '$1***@')
    .replaceAll(/\b(bearer|basic)\s+[a-z0-9+/=._~-]{8,}/gi, '$1 ***')
    .replaceAll(/([?&;](?:token|access_token|password|secret|signature|x-amz-[a-z-]+)=)[^\s&;"']+/gi, '$1***');
  for (const secret of secrets) if (secret.length > 0) clean = clean.replaceAll(secret, '***');
  return clean;
}
