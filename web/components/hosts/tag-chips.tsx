import type { HostTag } from '#contract/api/annotation.js';
import { CloseIcon } from '../feedback/icons.tsx';

interface TagChipsProps {
  readonly tags: readonly HostTag[];
  /** With it each tag has a button that takes it away. */
  readonly onRemove?: (name: string) => void;
}

/** Tags in a row; nothing where there are none. */
export function TagChips({ tags, onRemove }: TagChipsProps) {
  if (tags.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-1" aria-label="Tags">
      {tags.map((tag) => (
        <li
          key={tag.name}
          className="inline-flex items-center gap-1.5 rounded-full border border-line px-2 py-0.5 text-xs"
        >
          <Dot color={tag.color} />
          <span className="break-all">{tag.name}</span>
          {onRemove && (
            <button
              type="button"
              aria-label={`Remove the tag ${tag.name}`}
              className="-mr-1 rounded-full p-0.5 text-muted hover:bg-sunken hover:text-ink"
              onClick={() => onRemove(tag.name)}
            >
              <CloseIcon />
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The content security policy allows no style in an element, so the colour is an attribute of a drawing. */
export function Dot({ color }: { readonly color: string | null }) {
  if (color === null) return null;
  return (
    <svg aria-hidden="true" viewBox="0 0 8 8" className="size-2 shrink-0">
      <circle cx="4" cy="4" r="4" fill={color} />
    </svg>
  );
}
