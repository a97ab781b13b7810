/** As PostgreSQL can keep it: its text has no NUL, and lone halves of characters are no UTF-8. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}
