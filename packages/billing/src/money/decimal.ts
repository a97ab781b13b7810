/** A decimal number, exactly: `digits` with `places` of them behind the point. */
export interface Decimal {
  readonly digits: bigint;
  readonly places: number;
}

const pattern = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/** `undefined` where `text` is no decimal number. An exponent may follow, as a JSON number has it. */
export function parseDecimal(text: string): Decimal | undefined {
  const [, sign, whole, behind = '', exponent = '0'] = pattern.exec(text.trim()) ?? [];
  if (whole === undefined) return undefined;
  const digits = BigInt(`${sign}${whole}${behind}`);
  const places = behind.length - Number(exponent);
  return places >= 0 ? { digits, places } : { digits: digits * 10n ** BigInt(-places), places: 0 };
}

/** As `parseDecimal`; a broken assumption where it is none. */
export function decimal(text: string): Decimal {
  const found = parseDecimal(text);
  if (!found) throw new Error(`not a decimal number: ${text}`);
  return found;
}

/** Without trailing zeros behind the point: the same number is always the same text. */
export function formatDecimal({ digits, places }: Decimal): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(places + 1, '0');
  const behind = text.slice(text.length - places).replace(/0+$/, '');
  return `${digits < 0n ? '-' : ''}${text.slice(0, text.length - places)}${places > 0 && behind ? `.${behind}` : ''}`;
}

export function times(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, places: a.places + b.places };
}

export function plus(a: Decimal, b: Decimal): Decimal {
  const places = Math.max(a.places, b.places);
  return { digits: scaledTo(a, places) + scaledTo(b, places), places };
}

export const zero: Decimal = { digits: 0n, places: 0 };

function scaledTo({ digits, places }: Decimal, wanted: number): bigint {
  return digits * 10n ** BigInt(wanted - places);
}
