import { type Connection, collect, systemClock } from '@neb/core-types';

/** Writes it, ends what is sent, and hears all that comes back. */
export async function speak(connection: Connection, text: string): Promise<string> {
  await using open = connection;
  const heard = collect(open.readable);
  await open.write(Buffer.from(text));
  await open.closeWrite();
  return Buffer.concat(await heard).toString();
}

/** Waits for real until it is so, at most ten seconds. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    if (tries > 2_000) throw new Error('it has not come about within ten seconds');
    await systemClock.sleep(5);
  }
}
