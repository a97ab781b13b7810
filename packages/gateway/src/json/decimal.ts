/** Longer numbers are nobody's count. */
const digitsAtMost = 60;

/** A JSON number as a plain decimal, exactly as written: `1.50e1` is `15`. `undefined` for less than nothing and for what is absurdly long. */
export function decimalOf(source: string): string | undefined {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  if (whole === undefined) return undefined;
  const digits = BigInt(whole + fraction);
  if (digits === 0n) return '0';
  const places = fraction.length - Number(exponent);
  if (sign === '-' || Math.abs(places) > digitsAtMost || whole.length + fraction.length > digitsAtMost) return undefined;
  return scaled(digits, places);
}

/** Both together, exactly. */
export function addDecimals(a: string, b: string): string {
  const places = Math.max(placesOf(a), placesOf(b));
  return scaled(unscaled(a, places) + unscaled(b, places), places);
}

/** `digits` divided by ten to the power of `places`. */
export function scaled(digits: bigint, places: number): string {
  if (places <= 0) return (digits * 10n ** BigInt(-places)).toString();
  const text = digits.toString().padStart(places + 1, '0');
  const fraction = text.slice(-places).replace(/0+$/, '');
  return `${text.slice(0, -places)}${fraction && `.${fraction}`}`;
}

const placesOf = (text: string): number => text.split('.')[1]?.length ?? 0;

function unscaled(text: string, places: number): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(places, '0'));
}
