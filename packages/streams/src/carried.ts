/** What an entry carries of its past that was handed back: fields beside the message's own. */
export interface Carried {
  /** The entry that the message first was. */
  readonly firstId?: string | undefined;
  /** How often it was taken before it was handed back. */
  readonly attempts: number;
}

export function carriedIn(fields: ReadonlyMap<string, string>): Carried {
  return { firstId: fields.get('neb:id'), attempts: Number(fields.get('neb:attempts') ?? 0) || 0 };
}

/** A message's own fields. */
export function ownFields(fields: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...fields].filter(([name]) => !name.startsWith('neb:')));
}

/** Lua: an entry's own fields, and by name what it carries, without `neb:`. To be put at the head of a script. */
export const carriedLua = `
local function apart(entry)
  local own, carried = {}, {}
  for i = 1, #entry[2], 2 do
    local name = string.match(entry[2][i], '^neb:(%l+)$')
    if name then
      carried[name] = entry[2][i + 1]
    else
      own[#own + 1] = entry[2][i]
      own[#own + 1] = entry[2][i + 1]
    end
  end
  return own, carried
end
`;
