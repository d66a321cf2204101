import type { EvidenceKind } from '#domain/device.js';
import type { FindingFact } from '#domain/finding.js';
import { isNobodysMac, isRandomisedMac, isVirtualRouterMac } from '#domain/mac-kind.js';

/** How much it says that two addresses have the same value of a kind. */
export interface EvidenceRule {
  /** Points of 100; 0: nothing. */
  readonly weight: number;
  /** A value at more addresses of a site than this tells nobody apart: a proxy's MAC address, the key of a whole model. */
  readonly commonAbove: number;
  /** As a reason names it. */
  readonly words: string;
}

/** A new source of evidence is a line here and one in `READERS`. */
export const EVIDENCE_RULES: Readonly<Record<EvidenceKind, EvidenceRule>> = {
  mac: { weight: 100, commonAbove: 64, words: 'the same MAC address' },
  randomised_mac: { weight: 0, commonAbove: 0, words: 'the same randomised MAC address' },
  virtual_mac: { weight: 0, commonAbove: 0, words: 'the same virtual-router MAC address' },
  ssh_host_key: { weight: 60, commonAbove: 16, words: 'the same SSH host key' },
  tls_certificate: { weight: 30, commonAbove: 16, words: 'the same TLS certificate' },
  name: { weight: 25, commonAbove: 256, words: 'the same name' },
  generic_name: { weight: 0, commonAbove: 0, words: 'the same name, which many have' },
};

export interface ReadEvidence {
  readonly kind: EvidenceKind;
  readonly value: string;
}

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
/** `ssh-ed25519 SHA256:…` */
const SSH_KEY = /^[\w@.-]{1,64} SHA256:[A-Za-z0-9+/=]{1,64}$/;
const SHA_256 = /\b(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}\b/i;
const MAX_NAME_CHARACTERS = 255;
/** Names that devices come with, and that say nothing of whose they are: the first label. */
const GENERIC_NAME =
  /^(localhost|unknown|iphone|ipad|ipod|macbook|macbook-pro|macbook-air|imac|android|galaxy|pixel|windows|desktop|laptop|raspberrypi|ubuntu|debian|fedora|centos|kali|openwrt|esp|esp32|shelly|tasmota)(-\d{1,3})?$/;

type Reader = (value: string) => ReadEvidence | undefined;

const READERS: Readonly<Partial<Record<FindingFact, Reader>>> = {
  mac_address: readMac,
  hostname: readName,
  ssh_host_key: (value) => (SSH_KEY.test(value) ? { kind: 'ssh_host_key', value } : undefined),
  tls_certificate: readCertificate,
};

/** The facts that are read as evidence. */
export const EVIDENCE_FACTS: readonly string[] = Object.keys(READERS);

/** What a finding says of who is there; undefined when nothing. */
export function readEvidence(fact: FindingFact, value: string): ReadEvidence | undefined {
  return READERS[fact]?.(value);
}

function readMac(text: string): ReadEvidence | undefined {
  const value = text.toLowerCase();
  if (!MAC.test(value) || isNobodysMac(value)) return undefined;
  if (isVirtualRouterMac(value)) return { kind: 'virtual_mac', value };
  return { kind: isRandomisedMac(value) ? 'randomised_mac' : 'mac', value };
}

function readName(text: string): ReadEvidence | undefined {
  const value = text.toLowerCase().replace(/\.+$/, '');
  if (value === '' || value.length > MAX_NAME_CHARACTERS) return undefined;
  const [label = ''] = value.split('.', 1);
  return { kind: GENERIC_NAME.test(label) ? 'generic_name' : 'name', value };
}

/** By its fingerprint alone, wherever the finding has it. */
function readCertificate(text: string): ReadEvidence | undefined {
  const fingerprint = SHA_256.exec(text)?.[0].replaceAll(':', '').toLowerCase();
  return fingerprint === undefined ? undefined : { kind: 'tls_certificate', value: fingerprint };
}
