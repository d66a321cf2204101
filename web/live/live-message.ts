import type { Scan, ScanList } from '#contract/scans/scan.js';

/** The list with this scan's new state in its place; the very same list when the scan is not in it. */
export function listWithScan(list: ScanList, scan: Scan): ScanList {
  if (!list.data.some((known) => known.id === scan.id)) return list;
  return { ...list, data: list.data.map((known) => (known.id === scan.id ? scan : known)) };
}

/**
 * Whether lists have to be asked for again: a scan no list shows may belong on a page, and one whose
 * status moved, or that was deleted or restored, may have left or entered a list.
 */
export function listsAreStale(lists: readonly ScanList[], scan: Scan): boolean {
  const shown = lists.flatMap((list) => list.data.filter((known) => known.id === scan.id));
  return (
    shown.length === 0 ||
    shown.some((known) => known.status !== scan.status || known.deleted_at !== scan.deleted_at)
  );
}

/** Whether a scan found, asked or became anything new since the state we had. */
export function broughtEvents(known: Scan | undefined, scan: Scan): boolean {
  return (
    known === undefined ||
    known.status !== scan.status ||
    known.progress.completed !== scan.progress.completed ||
    known.hosts_up !== scan.hosts_up ||
    known.open_ports !== scan.open_ports
  );
}
