/** What a person may have to say yes to before a scan starts, as fields of the request: its size, and a site without a scope. */
export const SCAN_CONFIRMATIONS = ['confirm_large', 'confirm_unscoped'] as const;
export type ScanConfirmation = (typeof SCAN_CONFIRMATIONS)[number];

/** Which of them the facts of a `confirmation_required` ask for. */
export function confirmationOf(facts: Readonly<Record<string, unknown>> | undefined): ScanConfirmation {
  return SCAN_CONFIRMATIONS.find((text) => text === facts?.['confirm']) ?? 'confirm_large';
}
