import type { ComponentProps } from 'react';

const BUTTON_STYLES = {
  primary: 'border-transparent bg-accent text-on-accent hover:bg-accent-strong',
  quiet: 'border-line bg-surface text-ink hover:border-edge hover:bg-sunken',
  bare: 'border-transparent text-muted hover:bg-sunken hover:text-ink',
  danger: 'border-line bg-surface text-bad hover:border-bad hover:bg-bad-soft',
} as const;
export type ButtonStyle = keyof typeof BUTTON_STYLES;

const SHAPE =
  'inline-flex h-9 align-middle items-center justify-center gap-2 rounded-lg border px-3.5 text-sm font-medium whitespace-nowrap ' +
  'transition-colors disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:cursor-progress aria-disabled:opacity-55';

export function buttonClass(look: ButtonStyle = 'quiet'): string {
  return `${SHAPE} ${BUTTON_STYLES[look]}`;
}

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: ButtonStyle;
  /** What it does is under way: it does nothing more until then, and keeps the focus. */
  readonly pending?: boolean;
}

export function Button({ look, type = 'button', className = '', pending = false, ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      aria-disabled={pending || undefined}
      className={`${buttonClass(look)} ${className}`}
      {...rest}
    />
  );
}
