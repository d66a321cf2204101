import { placed } from '#cli/output/site-suffix.js';
import { renderFacts, renderTable } from '#cli/output/table.js';
import { localTime } from '#cli/output/time.js';
import type { Context } from '#cli/program/command.js';
import { spokenAs } from '#cli/program/program-name.js';
import type {
  DecisionOutcome,
  Device,
  DeviceAddress,
  DeviceDecision,
  DeviceDetail,
  DeviceEvidence,
  DeviceSuggestion,
} from '#contract/devices/device.js';
import { randomizedMacs } from '#domain/devices/device.js';
import { counted, grouped } from '#domain/text/count-text.js';

const EVIDENCE_TEXTS: Readonly<Record<DeviceEvidence['kind'], string>> = {
  mac: 'MAC address',
  randomized_mac: 'randomized MAC address',
  virtual_mac: 'virtual-router MAC address',
  ssh_host_key: 'SSH host key',
  tls_certificate: 'TLS certificate',
  name: 'name',
  generic_name: 'name that many have',
};

/** By what a person knows a device: its name, or else its first address. */
export function deviceName({ name, addresses, macs, id }: Device): string {
  return name ?? addresses[0] ?? macs[0] ?? id;
}

/** The same with its site, as several sites may have such a device. */
export function deviceTitle(device: Device): string {
  return placed(deviceName(device), device.site);
}

export function addressesText({ addresses, address_count: count }: Device): string {
  const more = count - addresses.length;
  if (count === 0) return '-';
  return more > 0 ? `${addresses.join(', ')} and ${grouped(more)} more` : addresses.join(', ');
}

/** Everything known about a device. Each line of evidence shows what was seen, when, and by which scan. */
export function deviceText(device: DeviceDetail, color: boolean): string {
  const facts = renderFacts(
    [
      ['Device', deviceName(device)],
      ['Id', device.id],
      ['Site', device.site],
      ['Kind', device.kind],
      ['MAC', macsText(device)],
      ['Vendor', device.vendor ?? '-'],
      ['First seen', localTime(device.first_seen)],
      ['Last seen', localTime(device.last_seen)],
      ...device.floating.map(
        (other) =>
          [device.kind === 'floating' ? 'Held by' : 'Holds', `${deviceTitle(other)} (${other.id})`] as const,
      ),
    ],
    color,
  );
  const parts = [
    facts,
    renderTable(device.held.map(heldRow), { color, heads: ['ADDRESS', 'STATUS', 'MAC', 'SINCE', 'UNTIL'] }),
    renderTable(device.evidence.map(evidenceRow), {
      color,
      heads: ['SEEN', 'VALUE', 'AT', 'FIRST', 'LAST', 'LAST SCAN'],
    }),
    renderTable(device.suggestions.map(suggestionRow), { color, heads: SUGGESTION_HEADS }),
    renderTable(device.decisions.map(decisionRow), { color, heads: DECISION_HEADS }),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** A randomized address identifies no device, but it is the one that a person reads on the machine. */
function macsText({ macs, evidence }: DeviceDetail): string {
  const randomized = randomizedMacs(evidence).map((mac) => `${mac} (randomized)`);
  return [...macs, ...randomized].join(', ') || '-';
}

function heldRow({ ip, status, mac, since, until, last_seen: last }: DeviceAddress): readonly string[] {
  return [
    ip,
    until === null ? status : '-',
    mac ?? '-',
    since === null ? '-' : localTime(since),
    until === null ? `now (seen ${localTime(last)})` : localTime(until),
  ];
}

function evidenceRow(line: DeviceEvidence): readonly string[] {
  return [
    EVIDENCE_TEXTS[line.kind],
    line.value,
    line.port === null ? line.ip : `${line.ip} port ${line.port}`,
    localTime(line.first_seen),
    localTime(line.last_seen),
    line.last_scan_id ?? 'purged',
  ];
}

export const SUGGESTION_HEADS = ['SCORE', 'DEVICES', 'FOR', 'AGAINST', 'ID'];

export function suggestionRow(suggestion: DeviceSuggestion): readonly string[] {
  const { score, devices, reasons, veto, id } = suggestion;
  return [String(score), devices.map(deviceTitle).join(' = '), reasons.join(', '), veto ?? '-', id];
}

export const DECISION_HEADS = ['WHEN', 'BY', 'DECISION', 'ADDRESSES', 'ID'];

export function decisionRow(decision: DeviceDecision): readonly string[] {
  const { created_at: at, actor, kind, addresses, others, undone_by: undoneBy, id } = decision;
  const given = undoneBy === null ? kind : `${kind} (taken back)`;
  const parted = kind === 'merge' ? ' = ' : ' | ';
  return [localTime(at), actor, given, [addresses.join(', '), others.join(', ')].join(parted), id];
}

/** What a decision did or would do, and how it is taken back. */
export function decisionText(outcome: DecisionOutcome, { io }: Pick<Context, 'io'>): string {
  return shown(isUnchanged(outcome) ? unchangedText(outcome) : changedText(outcome), outcome, io);
}

function shown(what: string, { decision }: DecisionOutcome, io: Context['io']): string {
  if (decision === null) return what;
  return `${what} ${spokenAs(io, `\`scanorama devices undo ${decision}\` takes it back`)}.`;
}

function changedText({ decision, before, after }: DecisionOutcome): string {
  const count = counted(after.length, 'device');
  if (decision === null) return `${namesOf(before)} would be ${count}: ${namesOf(after)}.`;
  return `${namesOf(before)} ${areOf(before)} ${count} now: ${namesOf(after)}.`;
}

function isUnchanged({ before, after }: DecisionOutcome): boolean {
  const ids = new Set(before.map(({ id }) => id));
  return before.length === after.length && after.every(({ id }) => ids.has(id));
}

function unchangedText({ decision, after, kept_by: keepers }: DecisionOutcome): string {
  const how = after.length === 1 ? 'held together' : 'held apart';
  const kept = keepers.length === 0 ? '' : `, ${how} by ${decisionsText(keepers)}`;
  return `Nothing ${decision === null ? 'would change' : 'changes'}: ${namesOf(after)} ${areOf(after)} ${counted(after.length, 'device')} as before${kept}.`;
}

function decisionsText(ids: readonly string[]): string {
  return `the decision${ids.length === 1 ? '' : 's'} ${ids.join(', ')}`;
}

/** The same for a dismissed suggestion: the hosts already are separate devices, and stay separate. */
export function dismissalText(outcome: DecisionOutcome, context: Pick<Context, 'io'>): string {
  const { decision, after } = outcome;
  if (!isUnchanged(outcome)) return decisionText(outcome, context);
  const binding = `${decision === null ? 'would stay' : 'stay'} ${counted(after.length, 'device')}`;
  return shown(`${namesOf(after)} ${binding}, whatever is seen later.`, outcome, context.io);
}

const areOf = (devices: readonly Device[]) => (devices.length === 1 ? 'is' : 'are');

function namesOf(devices: readonly Device[]): string {
  return devices.map(deviceTitle).join(', ');
}
