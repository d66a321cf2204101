import type { ComponentProps } from 'react';

const BUTTON_VARIANTS = {
  primary: 'border-transparent bg-accent text-on-accent hover:bg-accent-strong',
  subtle: 'border-line bg-surface text-ink hover:border-edge hover:bg-sunken',
  bare: 'border-transparent text-muted hover:bg-sunken hover:text-ink',
  danger: 'border-line bg-surface text-bad hover:border-bad hover:bg-bad-soft',
} as const;
export type ButtonVariant = keyof typeof BUTTON_VARIANTS;

const SHAPE =
  'inline-flex h-9 align-middle items-center justify-center gap-2 rounded-lg border px-3.5 text-sm font-medium whitespace-nowrap ' +
  'transition-colors disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:cursor-progress aria-disabled:opacity-55';

export function buttonClass(variant: ButtonVariant = 'subtle'): string {
  return `${SHAPE} ${BUTTON_VARIANTS[variant]}`;
}

interface ButtonProps extends ComponentProps<'button'> {
  readonly variant?: ButtonVariant;
  /** What it does is under way: it does nothing more until then, and keeps the focus. */
  readonly pending?: boolean;
}

export function Button({ variant, type = 'button', className = '', pending = false, ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      aria-disabled={pending || undefined}
      className={`${buttonClass(variant)} ${className}`}
      {...rest}
    />
  );
}
