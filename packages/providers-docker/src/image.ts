/** The parts of an image's name that say where it comes from. */
export interface ImageName {
  /** Such as `docker.io` or `127.0.0.1:5000`. */
  readonly registry: string;
  /** The name with a tag or digest: without one, an engine would pull every tag there is. */
  readonly pull: string;
}

/** Reads a name as engines do: the first part is a registry if it looks like a host. */
export function imageName(image: string): ImageName {
  const [first = '', ...rest] = image.split('/');
  const named = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const last = rest.at(-1) ?? first;
  const tagged = image.includes('@') || last.includes(':');
  return { registry: named ? first : 'docker.io', pull: tagged ? image : `${image}:latest` };
}
