import type { CrewOwner } from './labels.ts';

/** What the autoscaler remembers of looks after which nothing was written, in this process. */
export interface Unwritten<State> {
  /** The newest there is: what was noted since the owner was last written, by whomever, else what is written. */
  of(owner: CrewOwner): State | undefined;
  note(owner: Pick<CrewOwner, 'id' | 'version'>, state: State | undefined): void;
}

export function unwritten<State>(): Unwritten<State> {
  const noted = new Map<string, { readonly version: number; readonly state: State }>();
  return {
    of({ id, version, status }) {
      const found = noted.get(id);
      return found?.version === version ? found.state : (status.scaling as State | undefined);
    },
    note({ id, version }, state) {
      // Those of owners that are gone would stay for ever.
      if (noted.size > 10_000) noted.clear();
      if (state !== undefined) noted.set(id, { version, state });
      else noted.delete(id);
    },
  };
}
