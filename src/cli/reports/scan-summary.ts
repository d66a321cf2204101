import { humanDuration, localTime } from '#cli/output/time.js';
import type { Scan } from '#contract/scans/scan.js';
import { countPorts } from '#domain/ports/port-text.js';
import { workMs } from '#domain/scans/running-time.js';
import {
  hasUncounted,
  isCutShort,
  isNothingProbed,
  nothingProbedText,
  undeliverable,
} from '#domain/scans/unprobed.js';
import { MISSED } from '#domain/scans/warning.js';
import { counted, grouped } from '#domain/text/count-text.js';

/** One sentence on how it went. */
export function scanSummary(scan: Scan): string {
  const partial = scan.partial ? ' (partial)' : '';
  const head = `Scan ${scan.id} ${scan.status}${partial}${tookText(scan)}:`;
  if (isNothingProbed(scan)) return `${head} ${nothingProbedText(scan)}.${restText(scan)}`;
  const found = `${counted(scan.hosts_up, 'host')} up${stalledText(scan)}, ${counted(scan.open_ports, 'open port')}`;
  return `${head} ${found}, ${requestedText(scan)}.${restText(scan)}${skippedText(scan)}${undeliverableText(scan)}`;
}

/** How long the scan was worked on. If it had a break, also its start and end. */
export function tookText(scan: Scan): string {
  const { status, started_at, completed_at, idle_seconds } = scan;
  if (started_at === null || completed_at === null) return '';
  const preposition = status === 'completed' ? 'in' : 'after';
  const between = `from ${localTime(started_at)} to ${localTime(completed_at)}`;
  if (idle_seconds === null) return ` ${between}, with a break`;
  const work = workText(scan);
  return idle_seconds === 0
    ? ` ${preposition} ${work}`
    : ` ${preposition} ${work} of work, ${between} with a break`;
}

/** How long a scan was worked on. `-` if it has not ended, or if that is no longer known. */
export function workText(scan: Scan): string {
  const ms = scan.completed_at === null ? null : workMs(scan, 0);
  return ms === null ? '-' : humanDuration(ms);
}

/**
 * For a scan that probed all its ports on every address: how many addresses responded on none. Such an address is not
 * necessarily absent: it may have responded to ARP or neighbor discovery.
 */
function stalledText({ status, scan_type, live_hosts, ports, progress, hosts_up }: Scan): string {
  const each = countPorts(ports) ?? 0;
  const probed = (progress.completed - progress.skipped) / each;
  if (status !== 'completed' || scan_type === 'import' || live_hosts || !Number.isInteger(probed)) return '';
  const unresponsive = probed - hosts_up;
  if (unresponsive <= 0) return '';
  return `, ${grouped(unresponsive)} ${unresponsive === 1 ? 'address' : 'addresses'} that answered on no port`;
}

/** What was sent and responded. An import sends no probes, and shows no count rather than zero. */
function requestedText(scan: Scan): string {
  const { scan_type, engine, probes } = scan;
  if (scan_type === 'import') return 'all from an imported report';
  // nmap does not report how many packets it sent.
  if (engine === 'nmap')
    return `${counted(probes.sent, 'port')} probed by nmap, ${grouped(probes.answered)} responded`;
  // Of what was sent some may be for checks and repetitions, which no port answers to.
  return `${sentText(scan, 'probe')}, ${counted(probes.answered, 'port')} answered`;
}

/** What was sent: no less than is counted, where something was sent that is in no count. */
export function sentText(scan: Scan, noun: 'probe' | 'packet'): string {
  if (scan.started_at === null) return `no ${noun}s sent`;
  // Nothing is counted of one that was stopped before its first addresses were done.
  if (isCutShort(scan) && scan.probes.sent === 0) return `${noun}s sent not counted`;
  return `${hasUncounted(scan) ? 'at least ' : ''}${counted(scan.probes.sent, noun)} sent`;
}

/** What came of the plan of a scan that was cut short. */
export function unfinishedText({ progress }: Pick<Scan, 'progress'>, noun: 'probe' | 'address'): string {
  const planned =
    noun === 'probe' ? counted(progress.positions, noun) : `${grouped(progress.positions)} addresses`;
  const done = progress.completed === 1 ? '1 is done' : `${grouped(progress.completed)} are done`;
  return `of ${planned} planned, ${done}, and what was sent to the others is not counted`;
}

function restText(scan: Scan): string {
  return isCutShort(scan) ? ` It did not finish: ${unfinishedText(scan, 'probe')}.` : '';
}

function skippedText(scan: Scan): string {
  const { progress } = scan;
  if (progress.skipped === 0) return '';
  const [skipped, completed] = [grouped(progress.skipped), counted(progress.completed, 'probe')];
  const were = progress.skipped === 1 ? 'was' : 'were';
  const of = isCutShort(scan) ? `${completed} that are done` : `${completed} planned`;
  return ` Of ${of}, ${skipped} ${were} ${skippedHow(scan)}: ${skipReason(scan)}.`;
}

/** If probing of an address had begun, some of the probes that count as skipped may have been sent. */
function skippedHow({ partial, warnings = [] }: Scan): string {
  return partial || warnings.some(({ kind }) => kind === 'excluded') ? MISSED : 'not sent';
}

/** Also not sent, so that the counts add up. */
function undeliverableText(scan: Scan): string {
  const count = undeliverable(scan);
  if (count === 0) return '';
  const { progress, warnings = [] } = scan;
  const more = progress.skipped === 0 ? counted(count, 'probe') : `${grouped(count)} more`;
  const hasImpostors = warnings.some(({ kind }) => kind === 'answers-all' || kind === 'tarpit');
  const reasons = [
    'no neighbour answered for the address',
    'no route leads there',
    ...(hasImpostors ? ['something answers in its place'] : []),
  ];
  return ` At least ${more} could not be sent: ${reasons.join(', or ')}.`;
}

/** Why; which of the reasons it was is not kept for each address. */
function skipReason({ live_hosts, partial, exclude, warnings = [] }: Scan): string {
  const isExcluded = exclude.length > 0 || warnings.some(({ kind }) => kind === 'excluded');
  const isUnprobed = partial && warnings.some(({ kind }) => kind === 'not-probed');
  const unprobed = isUnprobed ? 'could not be probed from here' : 'could not be probed completely';
  if (live_hosts) {
    const more = [...(isExcluded ? ['is excluded'] : []), ...(isUnprobed ? [unprobed] : [])];
    return `the address ${['did not respond to host discovery', ...more].join(', or ')}`;
  }
  if (!partial) return 'the address is excluded';
  return `the address ${isExcluded ? 'is excluded, or ' : ''}${unprobed}`;
}
