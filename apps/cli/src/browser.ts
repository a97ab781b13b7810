import { spawn } from 'node:child_process';
import type { Session } from './session.ts';

/** Shows a page where a person sits in front of it; whether it tried. One that does not open is no harm, as the address is on the terminal. */
export function openBrowser(session: Session, url: string): boolean {
  const { all } = session.world.env;
  if (!session.canAsk || process.platform === 'win32' || (process.platform === 'linux' && !all['DISPLAY'] && !all['WAYLAND_DISPLAY'])) return false;
  spawn(process.platform === 'darwin' ? 'open' : 'xdg-open', [url], { detached: true, stdio: 'ignore' }).on('error', () => {}).unref();
  return true;
}
