import type { HostChange } from '#contract/hosts/host.js';
import { ANNOTATION_KINDS } from '#domain/hosts/host-edit-kind.js';
import { HOST_FACTS, type HostFact } from '#domain/hosts/host-fact.js';

const FIELD = 'field.';
const FACT_TEXTS: Readonly<Record<HostFact, string>> = {
  status: 'Status',
  hostname: 'Name',
  mac_address: 'MAC address',
  vendor: 'Vendor',
  os_family: 'Operating system',
  os_name: 'Version of the operating system',
  port: 'Port',
  service: 'Service',
  ssh_host_key: 'SSH host key',
  tls_certificate: 'TLS certificate',
  deleted: 'Deleted',
  flapping: 'Flapping',
  ignored: 'Ignored',
  custom_name: 'Name given by hand',
  down_after_misses: 'Missed runs until it is down',
  gone_after_days: 'Days down until it is gone',
};

const YES_OR_NO: readonly string[] = ['deleted', 'flapping', 'ignored'] satisfies HostFact[];

interface ChangeText {
  readonly subject: string;
  /** Null when the fact was not known before, or not kept since. */
  readonly from: string | null;
  readonly to: string | null;
}

/** What changed, in words: `Port 22/tcp`, from `closed` to `open`. */
export function changeText(
  change: Pick<HostChange, 'fact' | 'protocol' | 'port' | 'old_value' | 'new_value'>,
): ChangeText {
  const subject = subjectOf(change);
  if (YES_OR_NO.includes(change.fact))
    return { subject, from: yesOrNo(change.old_value), to: yesOrNo(change.new_value) };
  // What people say is known where nothing was said.
  if (isSpecified(change.fact))
    return { subject, from: change.old_value ?? 'none', to: change.new_value ?? 'none' };
  return { subject, from: change.old_value, to: change.new_value };
}

function isSpecified(fact: string): boolean {
  return ANNOTATION_KINDS.some((kind) => kind === fact) || fact.startsWith(FIELD);
}

/** A host that nothing was said of is not deleted, does not flap and is not ignored. */
function yesOrNo(value: string | null): string {
  return value === 'true' ? 'yes' : 'no';
}

function subjectOf({ fact, protocol, port }: Pick<HostChange, 'fact' | 'protocol' | 'port'>): string {
  const known = HOST_FACTS.find((raw) => raw === fact);
  if (fact.startsWith(FIELD)) return `Field ${fact.slice(FIELD.length)}`;
  const texts = known === undefined ? capitalised(fact.replaceAll('_', ' ')) : FACT_TEXTS[known];
  if (port === null) return texts;
  const name = `Port ${port}${protocol === null ? '' : `/${protocol}`}`;
  return known === 'port' ? name : `${name} ${isAbbreviated(texts) ? texts : texts.toLowerCase()}`;
}

function isAbbreviated(texts: string): boolean {
  return /^[A-Z]{2}/.test(texts);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
