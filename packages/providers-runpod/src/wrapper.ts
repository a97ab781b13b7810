import type { LaunchSpec } from '@neb/core-types';
import { type Owner, variables } from './names.ts';

/** How a pod is told what to run. */
export interface Command {
  /** The arguments for the image's entrypoint, in the one string that RunPod takes; absent for the image's own. */
  readonly args?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * What makes a pod run `spec` once. RunPod starts a container again whenever it ends, for ever, and tells nobody its exit
 * code; so the command runs in a shell that stays, says how it ended, and has its pod stopped. A spec that leaves the
 * entrypoint to its image cannot be wrapped, since only the image knows what that is. What is wrapped runs `beside` too, a script
 * that sees the command's environment.
 */
export function commandOf({ entrypoint, args }: Pick<LaunchSpec, 'entrypoint' | 'args'>, baseUrl: string, beside?: string): Command {
  if (!entrypoint || entrypoint.length === 0) return { args: args && shellWords(args), env: {} };
  return {
    // The script and the command travel as variables: nobody documents how RunPod splits this string into words.
    args: `sh -c 'eval "$${variables.wrapper}"'`,
    env: { [variables.wrapper]: script, [variables.command]: shellWords([...entrypoint, ...(args ?? [])]), [variables.api]: baseUrl, ...(beside !== undefined && { [variables.ssh]: beside }) },
  };
}

/** Whether the pod's command is wrapped, so that its end can be known. */
export function isWrapped({ env }: { readonly env: Readonly<Record<string, string>> }): boolean {
  return env[variables.wrapper] !== undefined;
}

/** The exit code that a line of a pod's log tells, and what the command had written on the same line before it; `undefined` for any other line. */
export function exitIn(line: string, { key }: Pick<Owner, 'key'>): { readonly exitCode: number; readonly before: string } | undefined {
  const [, before, said, code] = /^(.*)neb: (\S+) exited with (\d{1,3})$/.exec(line) ?? [];
  return before === undefined || said !== key ? undefined : { exitCode: Number(code), before };
}

/** Words quoted so that a POSIX shell splits them as they were. */
export function shellWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/**
 * POSIX sh. A stop from outside is passed on and is no end of the command's own. The end is said in the log and, where the
 * image has a program to call RunPod with, in the pod's name; then the pod is stopped, again and again until it is. A
 * container that RunPod started again meanwhile finds the end in a file, and does not run its command twice.
 */
const script = `
eval "set -- $NEB_COMMAND"
beside=$NEB_SSH
unset NEB_WRAPPER NEB_COMMAND NEB_SSH
[ -z "$beside" ] || (eval "$beside") </dev/null >/dev/null 2>&1 &
ended=/tmp/.neb-exit
call() {
  url="$NEB_RUNPOD_API/v2/pods/$RUNPOD_POD_ID$2"
  if command -v curl; then
    curl -fsS -m 20 -X "$1" -H "Authorization: Bearer $RUNPOD_API_KEY" -H "Content-Type: application/json" -d "$3" "$url"
  elif command -v python3; then
    python3 -c 'import os,sys,urllib.request as u
u.urlopen(u.Request(sys.argv[2],sys.argv[3].encode(),{"Authorization":"Bearer "+os.environ["RUNPOD_API_KEY"],"Content-Type":"application/json"},method=sys.argv[1]),timeout=20)' "$1" "$url" "$3"
  elif [ "$1" = POST ]; then
    wget -q -T 20 -O - --header "Authorization: Bearer $RUNPOD_API_KEY" --header "Content-Type: application/json" --post-data "$3" "$url"
  fi
} >/dev/null 2>&1
if [ -s "$ended" ]; then
  code=$(cat "$ended")
else
  trap 'stopping=1; kill -TERM "$child" 2>/dev/null' TERM INT
  "$@" &
  child=$!
  wait "$child"
  code=$?
  while [ -n "$stopping" ] && kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
  if [ -n "$stopping" ]; then exit "$code"; fi
  { echo "$code" >"$ended"; } 2>/dev/null
fi
trap 'exit 0' TERM INT
echo "neb: $NEB_KEY exited with $code"
while :; do
  call PATCH "" "{\\"name\\":\\"neb.$NEB_FLEET.$NEB_KEY.exit-$code\\"}"
  sleep 1
  call POST /action '{"action":"stop"}' || runpodctl stop pod "$RUNPOD_POD_ID" >/dev/null 2>&1
  sleep 30 &
  wait $!
done
`;
