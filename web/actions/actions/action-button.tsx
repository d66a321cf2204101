import { Button, type ButtonVariant } from '../../components/controls/button.tsx';
import type { Offer } from './use-action.ts';

/** The button face of an action; nothing where the action is not to be had. */
export function ActionButton({
  offer,
  variant,
}: {
  readonly offer: Offer;
  readonly variant?: ButtonVariant;
}) {
  if (!offer.available) return null;
  return (
    <Button
      variant={variant ?? (offer.tone === 'danger' ? 'danger' : 'subtle')}
      pending={offer.pending}
      aria-keyshortcuts={offer.shortcut?.aria}
      title={offer.shortcut && `${offer.label} (${offer.shortcut.shown})`}
      onClick={offer.perform}
    >
      <offer.icon />
      {offer.label}
    </Button>
  );
}
