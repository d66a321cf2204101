import { type KeyboardEvent, type SyntheticEvent, useEffect, useId, useRef, useState } from 'react';
import { ScanoramaError } from '#domain/errors/error.js';
import { filterColumn } from '#domain/filter/error.js';
import { MAX_FILTER_CHARACTERS } from '#domain/filter/filter.js';
import { readFilter } from '#domain/filter/read.js';
import { useChoice } from '../../components/controls/use-choice.ts';
import { INPUT_CLASS } from '../../components/forms/field.tsx';
import { type Suggestion, suggestAt } from './suggest.ts';

const TYPING_PAUSE_MS = 300;

interface FilterBoxProps {
  readonly value: string;
  /** Told of after a pause, and only when it can be read. */
  readonly onChange: (filter: string) => void;
}

/** The filter of a list of hosts as text; follows its own typing at once, and the address when that changes. */
export function FilterBox({ value, onChange }: FilterBoxProps) {
  const [text, setText] = useState(value);
  /** What the fault is shown of: not of a word that is being typed. */
  const [completed, setDebounced] = useState(value);
  const [cursor, setCursor] = useState<number>();
  const shown = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const field = useRef<HTMLInputElement>(null);
  const faultId = useId();
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (value !== shown.current) {
      setText(value);
      setDebounced(value);
    }
    shown.current = value;
  }, [value]);

  function complete(typed: string): void {
    clearTimeout(timer.current);
    setDebounced(typed);
    if (faultIn(typed) !== undefined || typed.trim() === shown.current) return;
    shown.current = typed.trim();
    onChange(typed.trim());
  }

  function type(typed: string, at: number): void {
    setText(typed);
    setCursor(at);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => complete(typed), TYPING_PAUSE_MS);
  }

  const { from, options } = cursor === undefined ? NOTHING : suggestAt(text, cursor);
  const choice = useChoice({ count: options.length, first: -1, onChoose: take });

  function take(index: number): void {
    const option = options[index];
    if (option === undefined || cursor === undefined) return;
    const at = from + option.text.length;
    type(`${text.slice(0, from)}${option.text}${text.slice(cursor)}`, at);
    choice.setActive(-1);
    // After the field has its new text, which moves its cursor to the end.
    requestAnimationFrame(() => field.current?.setSelectionRange(at, at));
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (choice.onKeyDown(event)) return;
    if (event.key === 'Enter') complete(text);
    if (event.key === 'Enter' || event.key === 'Escape') {
      if (event.key === 'Escape' && options.length > 0) event.preventDefault();
      setCursor(undefined);
    }
  }

  const fault = completed === text ? faultIn(text) : undefined;
  const follow = (event: SyntheticEvent<HTMLInputElement>) =>
    setCursor(event.currentTarget.selectionStart ?? undefined);
  return (
    <div className="relative min-w-0 grow basis-80">
      <input
        ref={field}
        type="search"
        role="combobox"
        aria-label="Filter hosts"
        aria-expanded={options.length > 0}
        aria-controls={choice.listId}
        aria-activedescendant={choice.active < 0 ? undefined : choice.optionId(choice.active)}
        aria-autocomplete="list"
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : faultId}
        placeholder="status:up and port:443, or part of an address or name"
        spellCheck={false}
        autoComplete="off"
        maxLength={MAX_FILTER_CHARACTERS}
        className={`${INPUT_CLASS} h-9 font-mono placeholder:font-sans`}
        value={text}
        onChange={(event) =>
          type(event.target.value, event.target.selectionStart ?? event.target.value.length)
        }
        onClick={follow}
        onKeyUp={(event) => {
          if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') follow(event);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setCursor(undefined)}
      />
      <SuggestionList choice={choice} options={options} onTake={take} />
      {fault && <FaultText id={faultId} text={text} fault={fault} />}
    </div>
  );
}

const NOTHING = { from: 0, options: [] } as const;

interface SuggestionListProps {
  readonly choice: ReturnType<typeof useChoice>;
  readonly options: readonly Suggestion[];
  readonly onTake: (index: number) => void;
}

function SuggestionList({ choice, options, onTake }: SuggestionListProps) {
  return (
    <div
      id={choice.listId}
      role="listbox"
      aria-label="Fields and values"
      hidden={options.length === 0}
      className="absolute inset-x-0 top-10 z-30 rounded-xl border border-line bg-surface p-1.5 text-sm shadow-floating"
    >
      {options.map((option, index) => (
        <div
          key={option.text}
          id={choice.optionId(index)}
          role="option"
          tabIndex={-1}
          aria-selected={index === choice.active}
          className="flex cursor-pointer flex-wrap gap-x-3 rounded-lg px-2.5 py-1.5 hover:bg-sunken aria-selected:bg-sunken"
          // Before the field loses the focus to it.
          onPointerDown={(event) => {
            event.preventDefault();
            onTake(index);
          }}
        >
          <code className="font-mono">{option.text}</code>
          <span className="text-muted">{option.detail}</span>
        </div>
      ))}
    </div>
  );
}

function faultIn(text: string): ScanoramaError | undefined {
  if (text.trim() === '') return undefined;
  try {
    readFilter(text);
    return undefined;
  } catch (error) {
    if (error instanceof ScanoramaError) return error;
    throw error;
  }
}

/** The filter again with the place that is meant, and what is wrong there. */
function FaultText({
  id,
  text,
  fault,
}: {
  readonly id: string;
  readonly text: string;
  readonly fault: ScanoramaError;
}) {
  const column = filterColumn(fault);
  const end = column === undefined ? 0 : column - 1 + Math.max(1, fault.at?.length ?? 1);
  return (
    <div id={id} role="alert" className="mt-1.5 text-sm text-bad">
      {column !== undefined && (
        <code className="block font-mono break-all whitespace-pre-wrap text-muted">
          {text.slice(0, column - 1)}
          <mark className="bg-bad-soft text-bad underline decoration-wavy">
            {text.slice(column - 1, end)}
          </mark>
          {text.slice(end)}
        </code>
      )}
      {fault.message}
      {fault.hint && <span className="block text-muted">{fault.hint}</span>}
    </div>
  );
}
