import { type KeyboardEvent, useId, useState } from 'react';

interface Choice {
  /** The one that Enter takes; -1 for none. */
  readonly active: number;
  readonly listId: string;
  readonly optionId: (index: number) => string;
  readonly setActive: (index: number) => void;
  /** Gives whether the key was for the list. */
  readonly onKeyDown: (event: KeyboardEvent) => boolean;
}

interface ChoiceOptions {
  readonly count: number;
  /** What is active until an arrow is pressed: -1 for nothing. */
  readonly first: number;
  readonly onChoose: (index: number) => void;
}

/** The keys of a list that belongs to a text field: the arrows move in it, Enter takes; the focus stays in the field. */
export function useChoice({ count, first, onChoose }: ChoiceOptions): Choice {
  const id = useId();
  const [chosen, setActive] = useState(first);
  const active = Math.min(chosen, count - 1);

  function onKeyDown(event: KeyboardEvent): boolean {
    if (count === 0) return false;
    if (event.key === 'ArrowDown') setActive((active + 1) % count);
    else if (event.key === 'ArrowUp') setActive(active <= 0 ? count - 1 : active - 1);
    else if (event.key === 'Enter' && active >= 0) onChoose(active);
    else return false;
    event.preventDefault();
    return true;
  }

  return { active, listId: id, optionId: (index) => `${id}-${index}`, setActive, onKeyDown };
}
