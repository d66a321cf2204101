import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { SearchResults } from '#contract/hosts/search.js';
import { MAX_SEARCH_CHARACTERS, moreText } from '#domain/text/search-limit.js';
import { failureOf } from '../../api/failure.ts';
import { searchQuery } from '../../api/queries.ts';
import { buttonClass } from '../../components/controls/button.tsx';
import { useChoice } from '../../components/controls/use-choice.ts';
import { SearchIcon } from '../../components/feedback/icons.tsx';
import { INPUT_CLASS } from '../../components/forms/field.tsx';
import { type Destination, destinations } from './destinations.ts';

const TYPING_PAUSE_MS = 150;

/** The button that opens the search over everything, and Ctrl+K or ⌘K, which do so from anywhere. */
export function Palette() {
  const [isOpen, setOpen] = useState(false);
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    const isChord = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (!isChord || event.code !== 'KeyK') return;
    event.preventDefault();
    setOpen(true);
  });
  useEffect(() => {
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
  return (
    <>
      <button
        type="button"
        className={`${buttonClass('bare')} px-2`}
        aria-label="Search"
        aria-keyshortcuts="Control+K Meta+K"
        title="Search (Ctrl+K)"
        onClick={() => setOpen(true)}
      >
        <SearchIcon />
      </button>
      {isOpen && <PaletteDialog onClose={() => setOpen(false)} />}
    </>
  );
}

/** Mounted while it is open; the browser keeps the focus inside, closes it on Escape, and gives the focus back. */
function PaletteDialog({ onClose }: { readonly onClose: () => void }) {
  const router = useRouter();
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const sought = useDebounced(text.trim());
  const found = useQuery(searchQuery(sought));
  const places = destinations(text, text.trim() === sought ? found.data : undefined);
  const choice = useChoice({ count: places.length, first: 0, onChoose: (index) => go(places[index]) });
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);

  function go(place: Destination | undefined): void {
    if (place === undefined) return;
    onClose();
    void router.navigate({ href: place.path });
  }

  const isWaiting = text.trim() !== sought || found.isFetching;
  return (
    <dialog
      ref={dialog}
      aria-label="Search"
      onCancel={onClose}
      className="mx-auto mt-[12vh] w-[min(38rem,calc(100vw-2rem))] rounded-2xl border border-line bg-surface p-3 text-ink shadow-floating"
    >
      <input
        type="text"
        role="combobox"
        aria-label="Search everything"
        aria-expanded={places.length > 0}
        aria-controls={choice.listId}
        aria-activedescendant={choice.active < 0 ? undefined : choice.optionId(choice.active)}
        aria-autocomplete="list"
        placeholder="An address, a name, a port, a service, a network, a scan"
        spellCheck={false}
        autoComplete="off"
        maxLength={MAX_SEARCH_CHARACTERS}
        className={`${INPUT_CLASS} h-11`}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          choice.setActive(0);
        }}
        onKeyDown={(event) => void choice.onKeyDown(event)}
      />
      <PlaceList choice={choice} places={places} onGo={go} />
      <output className="block px-2.5 pt-2 text-sm text-muted empty:hidden">
        {isWaiting ? undefined : warningOn(found, places.length)}
      </output>
    </dialog>
  );
}

function warningOn(found: UseQueryResult<SearchResults>, places: number): string | undefined {
  if (found.isError) return failureOf(found.error).sentence;
  if (places === 0 && found.isSuccess) return 'Nothing begins so. Filters find parts inside of names.';
  const more = moreText(found.data?.more ?? []);
  return more === undefined ? undefined : `${more}. More letters find fewer.`;
}

interface PlaceListProps {
  readonly choice: ReturnType<typeof useChoice>;
  readonly places: readonly Destination[];
  readonly onGo: (place: Destination) => void;
}

function PlaceList({ choice, places, onGo }: PlaceListProps) {
  return (
    <div id={choice.listId} role="listbox" aria-label="Found" className="mt-2 max-h-[50vh] overflow-y-auto">
      {places.map((place, index) => (
        // The keys are those of the field, which keeps the focus.
        <div
          key={place.path}
          id={choice.optionId(index)}
          role="option"
          tabIndex={-1}
          aria-selected={index === choice.active}
          className="flex cursor-pointer items-baseline gap-3 rounded-lg px-2.5 py-2 text-sm hover:bg-sunken aria-selected:bg-sunken"
          onPointerUp={() => onGo(place)}
        >
          <span className="w-16 shrink-0 text-xs text-muted">{place.kind}</span>
          <span className="min-w-0">
            <span className="font-medium break-all">{place.title}</span>
            {place.detail !== null && (
              <span className="block text-xs break-all text-muted">{place.detail}</span>
            )}
          </span>
        </div>
      ))}
    </div>
  );
}

/** What a text is once it has not changed for a while. */
function useDebounced(text: string): string {
  const [completed, setDebounced] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(text), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return completed;
}
