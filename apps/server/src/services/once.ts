/** The same, looked up once for each key, however often it is asked for: for as long as one request takes. */
export function once<T>(look: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const found = new Map<string, Promise<T>>();
  return (key) => {
    const known = found.get(key) ?? look(key);
    found.set(key, known);
    return known;
  };
}
