/** Blots out of a text what it was made for. */
export type Masker = (text: string) => string;

/** Shorter values are words and numbers like any other: masking them would hide more of a text than they are worth. */
const shortestMasked = 6;

const mask = '***';
/** Where `base64` and PEM writers break their lines. */
const brokenAt = [76, 64];

/**
 * Puts `***` where a text holds one of `values`: as it is, line by line, as base64 (also within something longer, or broken
 * into lines), percent-encoded, and escaped as in JSON; of a value that is JSON, also each text in it. Values shorter
 * than 6 characters stay. Made once for many texts, since making it costs more than using it.
 */
export function masker(values: Iterable<string>): Masker {
  const forms = [...new Set([...values].flatMap(textsOf).flatMap(formsOf))].filter((form) => form.length >= shortestMasked);
  if (forms.length === 0) return (text) => text;
  return (text) => blotted(text, forms.flatMap((form) => placesOf(form, text)));
}

type Place = readonly [from: number, to: number];

function placesOf(form: string, text: string): Place[] {
  const places: Place[] = [];
  for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) places.push([at, at + form.length]);
  return places;
}

/** Places that touch become one: of two values that overlap nothing may be left. */
function blotted(text: string, places: Place[]): string {
  if (places.length === 0) return text;
  let clean = '';
  let end = -1;
  for (const [from, to] of places.sort(([a], [b]) => a - b)) {
    if (from > end) clean += text.slice(Math.max(end, 0), from) + mask;
    end = Math.max(end, to);
  }
  return clean + text.slice(end);
}

function textsOf(value: string): readonly string[] {
  return [value, ...(/^\s*[{[]/.test(value) ? leavesOf(parsed(value)) : [])];
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

function leavesOf(json: unknown): readonly string[] {
  if (typeof json === 'string') return [json];
  return typeof json === 'object' && json !== null ? Object.values(json).flatMap(leavesOf) : [];
}

function formsOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  const whole = value.trim();
  return [...new Set([value, whole, ...lines])].filter((text) => text.length >= shortestMasked).flatMap((text) => [text, ...base64Forms(text), ...percentForms(text), JSON.stringify(text).slice(1, -1)]);
}

/** As a whole, and what of it does not hang on what stands before and after it, for each of the three ways it can be aligned. */
function base64Forms(text: string): readonly string[] {
  const bytes = new TextEncoder().encode(text);
  const standard = [0, 1, 2].map((before) => {
    const encoded = base64(new Uint8Array([...new Uint8Array(before), ...bytes]));
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  const all = [base64(bytes).replace(/=+$/, ''), ...standard, ...brokenAt.flatMap((width) => chunks(base64(bytes), width))];
  return [...all, ...all.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}

function chunks(text: string, width: number): readonly string[] {
  if (text.length <= width) return [];
  return Array.from({ length: Math.ceil(text.length / width) }, (_, at) => text.slice(at * width, (at + 1) * width).replace(/=+$/, ''));
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

function percentForms(text: string): readonly string[] {
  const encoded = percentEncoded(text);
  const strict = encoded.replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const all = [encoded, strict, strict.replaceAll('%20', '+')];
  return [...all, ...all.map((form) => form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

/** Halves of a character, which nothing can encode, become the character that stands for what cannot be read. */
const percentEncoded = (text: string): string => encodeURIComponent(new TextDecoder().decode(new TextEncoder().encode(text)));
