/** What an answer has in it: absent values are left out, and lists are wrapped in `<item>`, as EC2 does. */
export type Xml = string | number | boolean | undefined | readonly Xml[] | { readonly [name: string]: Xml };

const namespace = 'http://ec2.amazonaws.com/doc/2016-11-15/';

/** The answer to an action. */
export function answerXml(action: string, content: { readonly [name: string]: Xml }): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response xmlns="${namespace}">${inside({ requestId: 'simulated', ...content })}</${action}Response>`;
}

/** An error as EC2 answers it. */
export function errorXml(code: string, message: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${escaped(code)}</Code><Message>${escaped(message)}</Message></Error></Errors><RequestID>simulated</RequestID></Response>`;
}

function inside(value: Xml): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((one: Xml) => `<item>${inside(one)}</item>`).join('');
  if (typeof value !== 'object') return escaped(String(value));
  return Object.entries(value).map(([name, part]) => (part === undefined ? '' : `<${name}>${inside(part)}</${name}>`)).join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
