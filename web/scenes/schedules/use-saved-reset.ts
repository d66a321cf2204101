import { useMemo } from 'react';
import type { Action } from '../../actions/action.ts';

/** The same action, with what comes after it is done. */
export function useSavedReset<Subject>(action: Action<Subject>, onDone: () => void): Action<Subject> {
  return useMemo(
    () => ({
      ...action,
      async perform(world, subject) {
        await action.perform(world, subject);
        onDone();
      },
    }),
    [action, onDone],
  );
}
