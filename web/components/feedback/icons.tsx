import type { ReactNode } from 'react';

/** Icons only accompany words: they say nothing to a screen reader. */
function Icon({ children }: { readonly children: ReactNode }) {
  return (
    <svg
      aria-hidden="true"
      className="size-4 shrink-0"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {children}
    </svg>
  );
}

export const PlayIcon = () => (
  <Icon>
    <path d="M5 3.2v9.6L12.5 8z" fill="currentColor" />
  </Icon>
);
export const StopIcon = () => (
  <Icon>
    <rect x="4" y="4" width="8" height="8" rx="1.2" fill="currentColor" />
  </Icon>
);
export const ResumeIcon = () => (
  <Icon>
    <path d="M13 8a5 5 0 1 1-1.6-3.7M13 2.5v2.6h-2.6" />
  </Icon>
);
export const TrashIcon = () => (
  <Icon>
    <path d="M2.8 4.5h10.4M6 4.2V2.8h4v1.4M4.2 4.5l.6 8.7h6.4l.6-8.7M6.8 7v3.7M9.2 7v3.7" />
  </Icon>
);
export const UndoIcon = () => (
  <Icon>
    <path d="M5.5 3 2.5 6l3 3M2.8 6h6.4a3.6 3.6 0 0 1 0 7.2H6" />
  </Icon>
);
export const SearchIcon = () => (
  <Icon>
    <path d="M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.4 10.4l3.1 3.1" />
  </Icon>
);
export const SignOutIcon = () => (
  <Icon>
    <path d="M9.5 3H4v10h5.5M7 8h6.5M11 5.5 13.5 8 11 10.5" />
  </Icon>
);
export const ThemeIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.2" />
    <path d="M8 2.8a5.2 5.2 0 0 1 0 10.4z" fill="currentColor" />
  </Icon>
);
export const SunIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="2.8" />
    <path d="M8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M12.6 3.4l-1.1 1.1M4.5 11.5l-1.1 1.1" />
  </Icon>
);
export const MoonIcon = () => (
  <Icon>
    <path d="M13.3 9.6A5.6 5.6 0 0 1 6.4 2.7a5.6 5.6 0 1 0 6.9 6.9z" />
  </Icon>
);
export const MoreIcon = () => (
  <Icon>
    <path d="M3 8h.01M8 8h.01M13 8h.01" strokeWidth="2.4" />
  </Icon>
);
export const ChevronIcon = () => (
  <Icon>
    <path d="m6 3.5 4.5 4.5L6 12.5" />
  </Icon>
);
export const PreviousIcon = () => (
  <Icon>
    <path d="M10 3.5 5.5 8l4.5 4.5" />
  </Icon>
);
export const ArrowIcon = () => (
  <Icon>
    <path d="M2.5 8h11M10 4.5 13.5 8 10 11.5" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="m4 4 8 8M12 4l-8 8" />
  </Icon>
);
export const WarningIcon = () => (
  <Icon>
    <path d="M8 2.2 14.5 13.5h-13zM8 6.5v3.2M8 11.7h.01" />
  </Icon>
);
export const SortUpIcon = () => (
  <Icon>
    <path d="M8 12.5v-9M4.5 7 8 3.5 11.5 7" />
  </Icon>
);
export const SortDownIcon = () => (
  <Icon>
    <path d="M8 3.5v9M4.5 9 8 12.5 11.5 9" />
  </Icon>
);

export function BrandMark() {
  return (
    <svg aria-hidden="true" className="size-7 shrink-0" viewBox="0 0 32 32" fill="none" strokeLinecap="round">
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <g className="stroke-on-accent" strokeWidth="2.4">
        <path d="M5 21.5a11 11 0 0 1 22 0" opacity=".45" />
        <path d="M10.5 21.5a5.5 5.5 0 0 1 11 0" opacity=".75" />
        <path d="M16 21.5 23 11.8M4 24.5h24" />
      </g>
    </svg>
  );
}
