import type { DiscoveryMethod } from '#domain/discovery/discovery-method.js';
import { countPorts } from '#domain/ports/port-text.js';
import { isEnded, type ScanStatus } from '#domain/scans/scan-status.js';
import type { EngineName, StoredScanType } from '#domain/scans/scan-type.js';
import type { WarningKind } from '#domain/scans/warning.js';

/** Of a scan, as the API shows it, what tells how much of its plan was asked. */
export interface ProbeCounts {
  readonly status: ScanStatus;
  readonly scan_type: StoredScanType;
  readonly live_hosts: boolean;
  readonly ports: string;
  readonly progress: { readonly positions: number; readonly completed: number; readonly skipped: number };
  readonly probes: { readonly sent: number };
}

/**
 * Whether a scan is over and settled nothing by asking: it says nothing of anybody. What a scan of live hosts alone asked to
 * find these is in none of its counts.
 */
export function isNothingProbed({ status, scan_type, live_hosts, progress, probes }: ProbeCounts): boolean {
  if (scan_type === 'import' || live_hosts || !isEnded(status) || progress.completed === 0) return false;
  return progress.skipped === progress.completed && probes.sent === 0;
}

/** Whether a run looks for names and for nothing else: a name is no sign of life, so no address is asked at all. */
export function isOfNamesAlone(methods: readonly DiscoveryMethod[] | null): boolean {
  return methods?.length === 1 && methods[0] === 'dns';
}

/** Whether it ended before all of its plan was done, so that what was sent for the rest is in no count. */
export function isCutShort({ status, progress }: Pick<ProbeCounts, 'status' | 'progress'>): boolean {
  return isEnded(status) && progress.completed < progress.positions;
}

/**
 * Whether more was sent than is counted: it was cut short, or had a break, and what somebody had asked before that and not
 * stored was asked again.
 */
export function hasUncounted(
  scan: Pick<ProbeCounts, 'status' | 'progress'> & { readonly idle_seconds: number | null },
): boolean {
  return isCutShort(scan) || scan.idle_seconds !== 0;
}

/** Instead of what was found, where nobody was asked: whom that is of and why, as the end of a sentence. */
export function nothingProbedText(scan: ProbeCounts & WhyUnprobed): string {
  const { scan_type, engine, ports, partial, progress, exclude, warnings = [] } = scan;
  // A discovery asks each address once.
  const each = scan_type === 'discovery' ? 1 : (countPorts(ports) ?? 1);
  const addresses = Math.ceil(progress.completed / each);
  // nmap is asked for whole hosts, and what it had sent when it was stopped is not known.
  const what = engine === 'nmap' ? 'nothing was probed completely' : 'nothing was probed';
  const who =
    addresses === 1 ? 'the one address is' : `all ${addresses.toLocaleString('en-US')} addresses are`;
  if (partial || scan_type === 'discovery')
    return `${what}: ${who} excluded or could not be probed from here`;
  const isByItself = exclude.length > 0 && !warnings.some(({ kind }) => kind === 'excluded');
  return `${what}: ${who} excluded${isByItself ? ' by the scan itself' : ''}`;
}

/** Stored exclusions are told of in remarks, each with who made it. */
interface WhyUnprobed {
  readonly engine: EngineName;
  readonly partial: boolean;
  readonly exclude: readonly string[];
  readonly warnings?: readonly { readonly kind: WarningKind }[] | undefined;
}

/**
 * Probes that did not leave although nothing kept them back by intent, at least: an address without a neighbour, or a
 * route, that would take a packet is settled without one. Of those that left some may be repeated ones, hence at least.
 */
export function undeliverable({ scan_type, progress, probes }: ProbeCounts): number {
  if (scan_type === 'import' || scan_type === 'discovery') return 0;
  return Math.max(0, progress.completed - progress.skipped - probes.sent);
}
