import { type ErrorCode, type Failure, isNebError, messageOf } from '@neb/core-types';
import { refusalOf } from '../errors.ts';
import { imageName } from '../image.ts';
import { redact } from '../redact.ts';

/** What a failed launch was about, for a sentence its author understands. */
export interface Launched {
  readonly image: string;
  /** Never to appear in the sentence. */
  readonly secrets?: readonly string[] | undefined;
}

interface Kind {
  readonly when: RegExp;
  readonly code: ErrorCode;
  readonly say: (found: RegExpExecArray, launched: Launched) => string;
}

const registryOf = ({ image }: Launched): string => imageName(image).registry;

/** In order: the first whose words are in the engine's decides. */
const kinds: readonly Kind[] = [
  { when: /no space left on device|disk quota exceeded/i, code: 'unavailable', say: () => 'disk full: the host has no space left for the image or the container' },
  { when: /toomanyrequests|rate limit/i, code: 'rate_limited', say: (_, l) => `the registry ${registryOf(l)} allows no more pulls for now; give credentials for it or try later` },
  { when: /invalid reference format|repository name must be/i, code: 'invalid', say: (_, l) => `"${l.image}" is not the name of an image` },
  { when: /no matching manifest for (\S+)/i, code: 'not_found', say: (found, l) => `image ${l.image} does not exist for this host's platform, ${found[1]}` },
  { when: /manifest (?:for .* )?(?:not found|unknown)|manifest unknown|name unknown|no such image|repository .* not found/i, code: 'not_found', say: (_, l) => `image ${l.image} does not exist in ${registryOf(l)}` },
  { when: /pull access denied|repository does not exist/i, code: 'not_found', say: (_, l) => `image ${l.image} does not exist in ${registryOf(l)}, or is private and wants credentials` },
  { when: /no basic auth|authentication required|incorrect username or password|\bunauthorized\b|\b401\b/i, code: 'unauthorized', say: (_, l) => `the registry ${registryOf(l)} refuses ${l.image}: it wants other credentials` },
  { when: /requested access .* denied|\bdenied\b.*\bregistry\b|error.*\bdenied:|\b403 forbidden\b/i, code: 'unauthorized', say: (_, l) => `the registry ${registryOf(l)} does not let these credentials pull ${l.image}` },
  { when: /(?:dial tcp|lookup|server misbehaving|no such host|i\/o timeout|TLS handshake|x509|Client\.Timeout|server gave HTTP response)/i, code: 'unavailable', say: (_, l) => `the registry ${registryOf(l)} cannot be reached for ${l.image}` },
  { when: /(?:Bind for|listen (?:tcp|udp)\d?) \S+?:(\d+).*(?:already allocated|already in use)/i, code: 'conflict', say: (found) => `port ${found[1]} of the host is taken` },
  { when: /address already in use|port is already allocated/i, code: 'conflict', say: () => 'a port of the host that it publishes is taken' },
  { when: /(?:listen (?:tcp|udp)\d?) \S+?:(\d+).*(?:permission denied|cannot assign requested address)/i, code: 'unavailable', say: (found) => `port ${found[1]} cannot be published at this host's address` },
  { when: /no available (?:IPv4 )?addresses/i, code: 'no_capacity', say: () => 'the namespace\'s network has no address left' },
  { when: /could not select device driver|unknown (?:or invalid )?runtime|nvidia-container-cli|CDI device/i, code: 'no_capacity', say: () => 'the host has no such accelerator, or no NVIDIA container runtime' },
  { when: /exec: "?([^":]+)"?:? .*(?:executable file not found|no such file)|stat ([^\s:]+): no such file/i, code: 'invalid', say: (found, l) => `command "${found[1] ?? found[2]}" is not in image ${l.image}` },
  { when: /exec: "?([^":]+)"?:? .*permission denied/i, code: 'invalid', say: (found, l) => `command "${found[1]}" of image ${l.image} may not be run: permission denied` },
  { when: /no command specified/i, code: 'invalid', say: (_, l) => `image ${l.image} has no command of its own; set command` },
  { when: /minimum memory limit allowed is (\w+)/i, code: 'invalid', say: (found) => `the memory limit is below the least possible, ${found[1]}` },
  { when: /range of CPUs is from ([\d.]+) to ([\d.]+)/i, code: 'invalid', say: (found) => `the cpu limit is outside what the host has, ${found[1]} to ${found[2]}` },
  { when: /invalid mount (?:config|path|target)[^:]*: *(.*)/i, code: 'invalid', say: (found) => `a volume cannot be mounted: ${found[1]}` },
];

/** Why a launch failed, in one sentence that names the image, the port or whatever else was in the way. */
export function launchFailure(error: unknown, launched: Launched): Failure {
  const words = refusalOf(error)?.message;
  if (words !== undefined) {
    const known = failureIn(words, launched);
    if (known) return known;
  }
  const code = isNebError(error) ? error.code : 'internal';
  const hint = isNebError(error) && error.hint ? `. ${error.hint}` : '';
  return { code, message: redact(messageOf(error) + hint, launched.secrets) };
}

/** The same from the engine's words alone; `undefined` where they are of no known kind. */
export function failureIn(words: string, launched: Launched): Failure | undefined {
  for (const { when, code, say } of kinds) {
    const found = when.exec(words);
    if (found) return { code, message: redact(say(found, launched), launched.secrets) };
  }
  return undefined;
}
