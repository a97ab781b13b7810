import { type Container, timestamp } from '@neb/core-types';
import type { Session } from '../session.ts';
import { phaseLines, plainLine, summaryLine } from './lines.ts';
import { advanced, type Track } from './track.ts';
import { block } from '../render/block.ts';

/** Shows the ways of containers as they go them: drawn again on a terminal, else a line whenever a phase begins. */
export interface Board extends Disposable {
  show(container: Container): void;
}

export function board(session: Session): Board {
  const { world, style, live } = session;
  const tracks = new Map<string, Track>();
  const began = world.clock.now();
  const screen = live ? block(world.stderr, world.env.columns) : undefined;

  const draw = (): void => {
    if (!screen) return;
    const options = { now: world.clock.now(), style, width: screen.width };
    const all = [...tracks.values()];
    const titleWidth = Math.min(40, Math.max(...all.map((track) => track.title.length)));
    screen.draw(all.length === 1 ? phaseLines(all[0]!, options) : all.map((track) => summaryLine(track, { ...options, titleWidth })));
  };
  // Elapsed times go on between changes.
  const tick = screen && setInterval(draw, 200);

  return {
    show(container) {
      const before = tracks.get(container.metadata.id);
      const seen = advanced(before, container, world.clock.now());
      // A container was on its way before its first state got here.
      const track = before ? seen : { ...seen, from: began, phases: seen.phases.map((phase) => ({ ...phase, from: began })) };
      tracks.set(container.metadata.id, track);
      if (screen) draw();
      else if (isNews(before, track)) session.note(plainLine(track, timestamp(world.clock.now())));
    },
    [Symbol.dispose]() {
      clearInterval(tick);
      draw();
      screen?.end();
    },
  };
}

function isNews(before: Track | undefined, track: Track): boolean {
  return before?.phases.at(-1)?.name !== track.phases.at(-1)?.name || before?.end?.word !== track.end?.word;
}
