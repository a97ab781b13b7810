import type { CloudName, FaultClass } from './fault-classes.ts';
import { type LifeOptions, live, type Outcome, type Plan } from './life.ts';

/** One container, created or deleted, and a death in that. */
export interface Deed {
  readonly deed: Plan['deed'];
  readonly cloud: CloudName;
  readonly faultClass: FaultClass;
}

/** A life that ended otherwise than it should, with what repeats it. */
export interface Ill {
  readonly life: LifeOptions;
  readonly wrongs: readonly string[];
}

/** What became of the lives of a deed. */
export interface Report {
  /** How often a process waits in the deed where nothing kills it. */
  readonly waits: number;
  readonly lives: number;
  readonly deaths: number;
  readonly ill: readonly Ill[];
}

const seed = 1;

/**
 * Has a process die before and after each of the waits that the deed takes without a death, one life each. With `step`, at
 * every so-maniest of them only. That a death did not happen is wrong, too.
 */
export async function everyMoment({ deed, cloud, faultClass }: Deed, step = 1): Promise<Report> {
  const lifeWith = (deaths: Plan['deaths']): LifeOptions => ({ seed, faultClass, clouds: [cloud], plan: { containers: 1, deed, deleteAt: deed === 'delete' ? 'rest' : undefined, deaths } });
  const unharmed = lifeWith([]);
  const { waits, wrongs } = await live(unharmed);
  const ill: Ill[] = wrongs.length > 0 ? [{ life: unharmed, wrongs }] : [];
  let [lives, deaths] = [1, 0];
  for (let at = 1; at <= waits; at += step) {
    for (const when of ['before', 'after'] as const) {
      const life = lifeWith([{ at, when }]);
      const outcome = await live(life);
      lives++;
      deaths += outcome.deaths;
      const amiss = wrongsOf(outcome);
      if (amiss.length > 0) ill.push({ life, wrongs: amiss });
    }
  }
  return { waits, lives, deaths, ill };
}

function wrongsOf({ wrongs, deaths }: Outcome): readonly string[] {
  return deaths === 1 ? wrongs : [...wrongs, 'nobody died'];
}
