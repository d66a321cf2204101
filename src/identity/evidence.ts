import { isRandomizedMac, isUnassignableMac, isVirtualRouterMac } from '#domain/addresses/mac-kind.js';
import type { EvidenceKind } from '#domain/devices/device.js';
import { parseCertificate } from '#domain/enrichment/certificate.js';
import type { FindingFact } from '#domain/enrichment/finding.js';
import { parseSshHostKeys } from '#domain/enrichment/ssh-host-key.js';
import { isMoreThanAddress } from '#domain/hosts/completeness.js';

/** How strongly an equal value of a kind links two addresses. */
export interface EvidenceRule {
  /** Points of 100; 0: no evidence. */
  readonly weight: number;
  /**
   * A value at more addresses of a site than this is common, so no evidence: a proxy's MAC address, the key of all
   * devices of a model.
   */
  readonly commonAbove: number;
  /** The reason shown for a match. */
  readonly reason: string;
}

/** A new source of evidence is a line here and one in `READERS`. */
export const EVIDENCE_RULES: Readonly<Record<EvidenceKind, EvidenceRule>> = {
  mac: { weight: 100, commonAbove: 64, reason: 'the same MAC address' },
  randomized_mac: { weight: 0, commonAbove: 0, reason: 'the same randomized MAC address' },
  virtual_mac: { weight: 0, commonAbove: 0, reason: 'the same virtual-router MAC address' },
  ssh_host_key: { weight: 60, commonAbove: 16, reason: 'the same SSH host key' },
  tls_certificate: { weight: 30, commonAbove: 16, reason: 'the same TLS certificate' },
  name: { weight: 25, commonAbove: 256, reason: 'the same name' },
  generic_name: { weight: 0, commonAbove: 0, reason: 'the same generic name' },
};

export interface ReadEvidence {
  readonly kind: EvidenceKind;
  readonly value: string;
}

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
const SSH_ALGORITHM = /^[\w@.-]{1,64}$/;
const SSH_FINGERPRINT = /^SHA256:[A-Za-z0-9+/=]{1,64}$/;
const SHA_256 = /^[0-9a-f]{64}$/;
/** A server has a key of each algorithm. */
const MAX_KEYS_OF_A_SERVER = 16;
const MAX_NAME_CHARACTERS = 255;
/** First labels of names that devices come with, which identify no device. */
const GENERIC_NAME =
  /^(localhost|unknown|iphone|ipad|ipod|macbook|macbook-pro|macbook-air|imac|android|galaxy|pixel|windows|desktop|laptop|raspberrypi|ubuntu|debian|fedora|centos|kali|openwrt|esp|esp32|shelly|tasmota)(-\d{1,3})?$/;

/** The same for phones: a brand, perhaps with model names. */
const MODEL_NAME =
  /^(galaxy|sm|samsung|pixel|nexus|redmi|xiaomi|mi|poco|oneplus|huawei|honor|oppo|realme|vivo|moto|motorola|nokia|xperia|iphone|ipad)(\d{1,4}[a-z]{0,2})?([-_](galaxy|redmi|moto|nova|mate|nord|note|tab|pro|max|plus|ultra|lite|mini|neo|edge|play|fold|flip|power|air|se|fe|xl|xr|xs|[a-z]{0,2}\d{1,4}[a-z]{0,2}|[a-z])){0,5}$/;

type Reader = (value: string) => readonly ReadEvidence[];

const READERS: Readonly<Partial<Record<FindingFact, Reader>>> = {
  mac_address: readMac,
  hostname: readName,
  ssh_host_key: readKeys,
  tls_certificate: readCertificate,
};

/** The facts that are read as evidence. */
export const EVIDENCE_FACTS: readonly string[] = Object.keys(READERS);

/** The evidence in a finding: none, one value or several. */
export function readEvidence(fact: FindingFact, value: string): readonly ReadEvidence[] {
  return READERS[fact]?.(value) ?? [];
}

function readMac(text: string): readonly ReadEvidence[] {
  const value = text.toLowerCase();
  if (!MAC.test(value) || isUnassignableMac(value)) return [];
  if (isVirtualRouterMac(value)) return [{ kind: 'virtual_mac', value }];
  return [{ kind: isRandomizedMac(value) ? 'randomized_mac' : 'mac', value }];
}

function readName(text: string): readonly ReadEvidence[] {
  const value = text.toLowerCase().replace(/\.+$/, '');
  if (value === '' || value.length > MAX_NAME_CHARACTERS) return [];
  const [label = ''] = value.split('.', 1);
  const isGeneric = GENERIC_NAME.test(label) || MODEL_NAME.test(label) || !isMoreThanAddress(value);
  return [{ kind: isGeneric ? 'generic_name' : 'name', value }];
}

/** Each key is evidence of its own: a server that gets another one keeps the rest. */
function readKeys(text: string): readonly ReadEvidence[] {
  return (parseSshHostKeys(text) ?? [])
    .slice(0, MAX_KEYS_OF_A_SERVER)
    .filter(
      ({ algorithm, fingerprint }) => SSH_ALGORITHM.test(algorithm) && SSH_FINGERPRINT.test(fingerprint),
    )
    .map(({ algorithm, fingerprint }) => ({ kind: 'ssh_host_key', value: `${algorithm} ${fingerprint}` }));
}

/** Only the fingerprint is evidence. */
function readCertificate(text: string): readonly ReadEvidence[] {
  const fingerprint = parseCertificate(text)?.fingerprint ?? '';
  return SHA_256.test(fingerprint) ? [{ kind: 'tls_certificate', value: fingerprint }] : [];
}
