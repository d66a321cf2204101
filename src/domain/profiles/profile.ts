import { ScanoramaError } from '#domain/errors/error.js';
import { isUid } from '#domain/errors/uid.js';
import { checkGivenName, givenNameError } from '#domain/fields/given-name.js';
import type { ScanSettings } from '#domain/scans/scan-settings.js';
import { clip, quote } from '#domain/text/quote.js';

/** A way of scanning that has a name. */
export interface BuiltInProfile {
  /** Its id as well, and never another profile's. */
  readonly name: string;
  /** When to use it. */
  readonly description: string;
  readonly settings: ScanSettings;
}

/**
 * What the program brings along. They are part of it, so that they are the same on every installation of a version and
 * nobody's change drifts from them: who wants another one clones it.
 */
export const BUILT_IN_PROFILES: readonly BuiltInProfile[] = [
  {
    name: 'quick',
    description:
      'A first look at a network: the hundred most common ports of hosts that respond to host discovery.',
    settings: { ports: 'top-100', liveHosts: true },
  },
  {
    name: 'standard',
    description: 'For the regular look: a thousand usual ports of every address, also of those that hide.',
    settings: { ports: 'top-1000' },
  },
  {
    name: 'full',
    description: 'When nothing may be missed on a few hosts: every TCP port, a probe more for silent ones.',
    settings: { ports: '1-65535', retries: 2 },
  },
  {
    name: 'udp-common',
    description:
      'For what TCP does not show, such as DNS, SNMP and NTP: the usual UDP ports, asked more often as silence says little.',
    settings: { scanType: 'udp', ports: 'top-80', retries: 2 },
  },
  {
    name: 'services',
    description: 'To learn which program and version is behind open ports; needs nmap.',
    settings: { scanType: 'version', ports: 'top-100' },
  },
  {
    name: 'inventory',
    description:
      'For a thorough record of your own hosts: versions, usual scripts and the operating system; needs nmap.',
    settings: { scanType: 'aggressive', ports: 'top-1000', liveHosts: true },
  },
  {
    name: 'fragile',
    description:
      'For printers, controllers and other devices that suffer: a few ports, five packets a second each, few connections at once, and nothing asked of what is open.',
    settings: {
      scanType: 'connect',
      ports: '21,22,23,80,102,161,443,502,515,554,631,1883,8080,8443,47808',
      rate: 50,
      perHostRate: 5,
      retries: 0,
      concurrency: 20,
      enrich: [],
    },
  },
];

export function builtInProfile(raw: string): BuiltInProfile | undefined {
  const name = raw.toLowerCase();
  return BUILT_IN_PROFILES.find((profile) => profile.name === name);
}

/** The name of a profile of one's own. Throws `invalid_request`, and `conflict` for that of a built-in one. */
export function checkProfileName(text: string): string {
  const name = checkGivenName(text, 'profile');
  if (isUid(name)) throw givenNameError(name, 'profile');
  if (builtInProfile(name) !== undefined) {
    throw new ScanoramaError('conflict', `There is a built-in profile called ${quote(name.toLowerCase())}.`, {
      at: clip(name),
      hint: 'Names are compared without their case; give it another one.',
    });
  }
  return name;
}

/** Why a built-in profile is not changed or removed. */
export function builtInError({ name }: BuiltInProfile): ScanoramaError {
  return new ScanoramaError(
    'built_in_profile',
    `The profile ${quote(name)} is built in, and stays as it is.`,
    {
      at: name,
      hint: `Make one of your own from it: \`scanorama profiles clone ${name} NAME\`.`,
    },
  );
}
