import { printable } from '#cli/output/text.js';
import { localTime } from '#cli/output/time.js';

/** When something was deleted, and by whom where that is known. */
export function deletionText(deletedAt: string | null, deletedBy: string | null): string {
  const when = localTime(deletedAt);
  return deletedBy === null ? when : `${when} by ${printable(deletedBy)}`;
}
