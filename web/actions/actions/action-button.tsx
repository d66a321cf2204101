import { Button, type ButtonStyle } from '../../components/controls/button.tsx';
import type { Offer } from './use-action.ts';

/** The button face of an action; nothing where the action is not to be had. */
export function ActionButton({ offer, look }: { readonly offer: Offer; readonly look?: ButtonStyle }) {
  if (!offer.available) return null;
  return (
    <Button
      look={look ?? (offer.tone === 'danger' ? 'danger' : 'quiet')}
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
