/** Where a dead-man's switch looks, and what it does. */
export interface WatchdogOptions {
  /** Holds the uptime in whole seconds at which the control plane was last heard of; a missing file means at boot. */
  readonly aliveFile: string;
  /** How long the control plane may be silent, in seconds. */
  readonly silenceS: number;
  /** A shell command. */
  readonly end: string;
  /** Linux's own by default. */
  readonly uptimeFile?: string | undefined;
}

/**
 * A shell script that ends the machine once the control plane has been silent for too long. It measures by uptime, which no
 * clock that is set at boot can move.
 */
export function watchdogScript({ aliveFile, silenceS, end, uptimeFile = '/proc/uptime' }: WatchdogOptions): string {
  return `#!/bin/sh
now=$(cut -d. -f1 ${uptimeFile})
heard=$(cat ${aliveFile} 2>/dev/null)
case $heard in ''|*[!0-9]*) heard=0 ;; esac
[ $((now - heard)) -lt ${silenceS} ] || ${end}
`;
}

/** What tells the switch that somebody is there. */
export function aliveCommand(aliveFile: string): string {
  return `cut -d. -f1 /proc/uptime > ${aliveFile}`;
}
