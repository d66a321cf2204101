import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import { buttonClass } from '../../components/controls/button.tsx';
import type { Offer } from './use-action.ts';

interface ActionMenuProps {
  readonly label: string;
  readonly face: ReactNode;
  readonly offers: readonly Offer[];
  readonly note?: ReactNode;
  /** The element that names what the actions are for, where the label alone does not. */
  readonly describedBy?: string;
}

const MENU_GAP_PX = 6;

/** In pixels of the window, from its edges. */
type Place =
  | { readonly top: number; readonly right: number }
  | { readonly bottom: number; readonly right: number };

function placeBelow(box: DOMRect): Place {
  return { top: box.bottom + MENU_GAP_PX, right: document.documentElement.clientWidth - box.right };
}

function placeAbove(box: DOMRect): Place {
  return {
    bottom: window.innerHeight - box.top + MENU_GAP_PX,
    right: document.documentElement.clientWidth - box.right,
  };
}

/** The menu face of actions. The browser's own popover closes it on Escape and on a click elsewhere. */
export function ActionMenu({ label, face, offers, note, describedBy }: ActionMenuProps) {
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<Place>({ top: 0, right: 0 });
  const available = offers.filter((offer) => offer.available);
  if (available.length === 0 && note === undefined) return null;

  function beforeToggle(opens: boolean): void {
    const box = opener.current?.getBoundingClientRect();
    if (opens && box !== undefined) setPlace(placeBelow(box));
  }

  function onToggle(opens: boolean): void {
    const box = opener.current?.getBoundingClientRect();
    if (!opens || menu.current === null || box === undefined) return;
    // How high it is is known now: of the last row it would hang out of the window, where nobody can reach it.
    const ends = box.bottom + MENU_GAP_PX + menu.current.offsetHeight;
    if (ends > window.innerHeight && box.top > menu.current.offsetHeight) setPlace(placeAbove(box));
    menu.current.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const items = [...(menu.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    const from = items.findIndex((item) => item === document.activeElement);
    const step = event.key === 'ArrowDown' ? 1 : -1;
    items.at((from + step) % items.length)?.focus();
  }

  return (
    <>
      <button
        ref={opener}
        type="button"
        className={`${buttonClass('bare')} relative z-10 px-2`}
        aria-label={label}
        aria-describedby={describedBy}
        aria-haspopup="menu"
        popoverTarget={id}
      >
        {face}
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        onBeforeToggle={(event) => beforeToggle(event.newState === 'open')}
        onToggle={(event) => onToggle(event.newState === 'open')}
        className="fixed inset-auto m-0 min-w-48 rounded-xl border border-line bg-surface p-1.5 text-ink shadow-floating"
        style={place}
      >
        {note}
        <div role="menu" tabIndex={-1} aria-label={label} onKeyDown={onKeyDown}>
          {available.map((offer) => (
            <MenuItem key={offer.label} offer={offer} onChosen={() => menu.current?.hidePopover()} />
          ))}
        </div>
      </div>
    </>
  );
}

function MenuItem({ offer, onChosen }: { readonly offer: Offer; readonly onChosen: () => void }) {
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      aria-disabled={offer.pending || undefined}
      aria-keyshortcuts={offer.shortcut?.aria}
      className={`flex w-full items-center gap-2.5 rounded-lg px-2.5 py-2 text-left text-sm hover:bg-sunken focus-visible:bg-sunken ${
        offer.tone === 'danger' ? 'text-bad' : ''
      }`}
      onClick={() => {
        onChosen();
        offer.perform();
      }}
    >
      <offer.icon />
      <span className="grow">{offer.label}</span>
      {offer.shortcut && <kbd className="font-sans text-xs text-muted">{offer.shortcut.shown}</kbd>}
    </button>
  );
}
