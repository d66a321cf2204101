/** A key chord. Single letters alone are never shortcuts: they would fire while somebody dictates or types. */
export interface Shortcut {
  /** `KeyboardEvent.code`, the place on the keyboard, so that Alt never turns it into another letter. */
  readonly code: string;
  readonly shown: string;
  /** The form `aria-keyshortcuts` wants. */
  readonly aria: string;
}

/** Alt+Shift and a letter: free in browsers on every system, also while a field has the focus. */
export function chord(letter: string): Shortcut {
  return { code: `Key${letter}`, shown: `Alt+Shift+${letter}`, aria: `Alt+Shift+${letter}` };
}

export type KeyPress = Pick<KeyboardEvent, 'code' | 'altKey' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'repeat'>;

export function matches(shortcut: Shortcut, press: KeyPress): boolean {
  return (
    press.code === shortcut.code &&
    press.altKey &&
    press.shiftKey &&
    !press.ctrlKey &&
    !press.metaKey &&
    !press.repeat
  );
}
