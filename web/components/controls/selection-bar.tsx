import type { ReactNode } from 'react';
import { countOf, formatCount } from '../../format/number.ts';
import { INPUT_CLASS } from '../forms/field.tsx';
import { Button } from './button.tsx';
import type { Selection } from './use-selection.ts';

interface SelectionBarProps {
  readonly selection: Omit<Selection<unknown>, 'chosen'>;
  /** What each of them is called: `host`. */
  readonly one: string;
  /** What can be done to the chosen ones. */
  readonly children: ReactNode;
}

/** How many are chosen, and what can be done to them; nothing while none is. */
export function SelectionBar({ selection, one, children }: SelectionBarProps) {
  if (selection.count === 0) return null;
  return (
    <div
      role="toolbar"
      aria-label={`Chosen ${one}s`}
      className="flex flex-wrap items-center gap-2 border-y border-line bg-accent-soft px-4 py-2.5 text-sm sm:px-5"
    >
      <span className="font-medium">{countOf(selection.count, one)} chosen</span>
      {selection.count < selection.shown && (
        <Button variant="bare" onClick={() => selection.all()}>
          All on this page
        </Button>
      )}
      {selection.more !== undefined && (
        <Button variant="bare" onClick={() => selection.everything()}>
          {`All ${formatCount(selection.more)} that match`}
        </Button>
      )}
      <Button variant="bare" onClick={() => selection.none()}>
        None
      </Button>
      <span className="grow" />
      {children}
    </div>
  );
}

interface TagButtonsProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  /** False while there is no name in the text, or something is under way. */
  readonly enabled: boolean;
  readonly onTags: (action: 'add' | 'remove') => void;
}

/** Names of tags, and what to do with them to the chosen ones. */
export function TagButtons({ text, onText, enabled, onTags }: TagButtonsProps) {
  return (
    <>
      <input
        aria-label="Tags"
        placeholder="tag, tag"
        autoCapitalize="off"
        className={`${INPUT_CLASS} h-9 w-40!`}
        value={text}
        onChange={(event) => onText(event.target.value)}
      />
      <Button disabled={!enabled} onClick={() => onTags('add')}>
        Add tags
      </Button>
      <Button disabled={!enabled} onClick={() => onTags('remove')}>
        Remove tags
      </Button>
    </>
  );
}

interface ChooseBoxProps {
  readonly selection: Pick<Selection<unknown>, 'has' | 'toggle'>;
  readonly id: string;
  /** What the row is called. */
  readonly name: string;
}

/** Above the link that covers the row. */
export function ChooseBox({ selection, id, name }: ChooseBoxProps) {
  return (
    <input
      type="checkbox"
      aria-label={`Choose ${name}`}
      className="relative z-10 mr-2.5 size-4 align-[-2px] accent-accent"
      checked={selection.has(id)}
      onChange={() => selection.toggle(id)}
    />
  );
}
