import { ScanoramaError } from '#domain/errors/error.js';
import { DEFAULT_DOWN_AFTER } from '#domain/hosts/status-rules.js';
import { quote } from '#domain/text/quote.js';
import { TextField } from '../../components/forms/fields.tsx';

/** How much silence it takes until a host is down and then gone, as typed; empty: whatever holds around it. */
export interface DownAfterDraft {
  readonly misses: string;
  readonly goneAfterDays: string;
}

/** As the API says it. */
interface DownAfter {
  readonly down_after_misses: number | null;
  readonly gone_after_days: number | null;
}

export function downAfterDraft({
  down_after_misses: misses,
  gone_after_days: days,
}: DownAfter): DownAfterDraft {
  return { misses: misses?.toString() ?? '', goneAfterDays: days?.toString() ?? '' };
}

/** Throws `invalid_request` for what is no whole number: sent as one it would take the grace away. */
export function readDownAfter({ misses, goneAfterDays }: DownAfterDraft): DownAfter {
  return { down_after_misses: numberIn(misses), gone_after_days: numberIn(goneAfterDays) };
}

function numberIn(text: string): number | null {
  const raw = text.trim();
  if (raw === '') return null;
  if (/^\d{1,6}$/.test(raw)) return Number(raw);
  throw new ScanoramaError('invalid_request', `${quote(raw)} is no whole number.`, {
    hint: 'Leave the field empty for what holds around it.',
  });
}

interface DownAfterFieldsProps {
  readonly draft: DownAfterDraft;
  /** Whose grace holds where a field is empty; the usual one where nothing is named, or has none. */
  readonly otherwise?: string;
  readonly onChange: (changes: Partial<DownAfterDraft>) => void;
}

export function DownAfterFields({ draft, otherwise, onChange }: DownAfterFieldsProps) {
  const emptyIs = (usual: number) =>
    otherwise === undefined ? `${usual} when empty.` : `${otherwise} when empty, or else ${usual}.`;
  return (
    <>
      <TextField
        label="Missed runs until it is down"
        hint={emptyIs(DEFAULT_DOWN_AFTER.misses)}
        inputMode="numeric"
        value={draft.misses}
        onChange={(text) => onChange({ misses: text })}
      />
      <TextField
        label="Days down until it is gone"
        hint={emptyIs(DEFAULT_DOWN_AFTER.goneAfterDays)}
        inputMode="numeric"
        value={draft.goneAfterDays}
        onChange={(text) => onChange({ goneAfterDays: text })}
      />
    </>
  );
}
