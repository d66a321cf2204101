import type { Reason } from '#domain/ports/port-state.js';
import { hostReasonSentence, hostReasonTexts } from '../../format/reason-text.ts';

/** Why a host has its status, in words; the network people's term for it stands in the title. */
export function HostReason({ reason }: { readonly reason: Reason }) {
  return (
    <p className="mt-1 text-xs text-muted" title={`${hostReasonSentence(reason)} (${reason})`}>
      {hostReasonTexts(reason)}
    </p>
  );
}
