import { Ec2Refusal } from './refusal.ts';

/** The parameters of a call of the Query API. */
export interface Query {
  readonly action: string;
  /** Every parameter, in the order of names. */
  readonly all: ReadonlyMap<string, string>;
  get(name: string): string | undefined;
  /** Throws `MissingParameter`. */
  need(name: string): string;
  /** `InstanceId.1`, `InstanceId.2`, … */
  list(name: string): readonly string[];
  /** `Filter.1.Name` with `Filter.1.Value.1`, …: by the filter's name. */
  filters(): ReadonlyMap<string, readonly string[]>;
  /** The tags of `TagSpecification.N` for a kind of resource. */
  tags(resource: string): Readonly<Record<string, string>>;
  /** `Tag.1.Key` with `Tag.1.Value`, …. */
  ownTags(): Readonly<Record<string, string>>;
}

export function queryOf(body: string): Query {
  const all = new Map([...new URLSearchParams(body)].sort(([a], [b]) => (a < b ? -1 : 1)));

  function list(name: string): readonly string[] {
    const found: string[] = [];
    for (let at = 1; all.has(`${name}.${at}`); at++) found.push(all.get(`${name}.${at}`)!);
    return found;
  }

  function groups(name: string, first: string): readonly string[] {
    const found: string[] = [];
    for (let at = 1; all.has(`${name}.${at}.${first}`); at++) found.push(`${name}.${at}`);
    return found;
  }

  function tagsAt(name: string): Readonly<Record<string, string>> {
    return Object.fromEntries(groups(name, 'Key').map((tag) => [all.get(`${tag}.Key`)!, all.get(`${tag}.Value`) ?? '']));
  }

  return {
    all, list,
    action: all.get('Action') ?? '',
    get: (name) => all.get(name),
    need(name) {
      const value = all.get(name);
      if (value === undefined) throw new Ec2Refusal('MissingParameter', `The request must contain the parameter ${name}`);
      return value;
    },
    filters: () => new Map(groups('Filter', 'Name').map((at) => [all.get(`${at}.Name`)!, list(`${at}.Value`)])),
    tags(resource) {
      const at = groups('TagSpecification', 'ResourceType').find((one) => all.get(`${one}.ResourceType`) === resource);
      return at === undefined ? {} : tagsAt(`${at}.Tag`);
    },
    ownTags: () => tagsAt('Tag'),
  };
}
