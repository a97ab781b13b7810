import { createHash } from 'node:crypto';

const style = 'body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:10vh auto;padding:0 1rem}b{font-size:1.5rem;letter-spacing:.1em}input,button{font:inherit;padding:.4rem .8rem;margin:.2rem 0}';
const styleHash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;

/** Nothing is loaded and nothing runs; forms go to us, and from us to the issuer at most. */
export function pageHeaders(issuerOrigin: string | undefined): Readonly<Record<string, string>> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src ${styleHash}; form-action 'self'${issuerOrigin === undefined ? '' : ` ${issuerOrigin}`}; frame-ancestors 'none'; base-uri 'none'`,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}

export interface Form {
  readonly action: string;
  readonly hidden?: Readonly<Record<string, string>>;
  readonly fields?: readonly { readonly name: string; readonly label: string; readonly type: 'text' | 'password'; readonly value?: string }[];
  readonly buttons: readonly { readonly text: string; readonly value?: string }[];
  readonly method?: 'get' | 'post';
}

export interface PageContent {
  readonly title: string;
  readonly lines: readonly string[];
  /** Shown large, for comparing. */
  readonly code?: string | undefined;
  readonly form?: Form | undefined;
}

/** One plain page. Everything in it is text. */
export function page({ title, lines, code, form }: PageContent): string {
  const parts = [`<h1>${text(title)}</h1>`, ...(code === undefined ? [] : [`<p><b>${text(code)}</b></p>`]), ...lines.map((line) => `<p>${text(line)}</p>`), ...(form ? [formOf(form)] : [])];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${text(title)} - neb</title><style>${style}</style></head><body>${parts.join('')}</body></html>`;
}

function formOf({ action, hidden = {}, fields = [], buttons, method = 'post' }: Form): string {
  const inputs = Object.entries(hidden).map(([name, value]) => `<input type="hidden" name="${text(name)}" value="${text(value)}">`);
  const asked = fields.map(({ name, label, type, value = '' }) => `<p><label>${text(label)}<br><input name="${text(name)}" type="${type}" value="${text(value)}" autocomplete="off" autocapitalize="off" spellcheck="false"></label></p>`);
  const pressed = buttons.map(({ text: label, value }) => `<button${value === undefined ? '' : ` name="decision" value="${text(value)}"`}>${text(label)}</button>`);
  return `<form method="${method}" action="${text(action)}">${inputs.join('')}${asked.join('')}<p>${pressed.join(' ')}</p></form>`;
}

function text(value: string): string {
  return value.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
