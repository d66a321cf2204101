import type { Address } from '#domain/addresses/address.js';
import { type Finding, type FindingFact, serviceValue } from '#domain/enrichment/finding.js';
import { PROTOCOLS } from '#domain/ports/protocol.js';
import type { NmapHost, NmapOsMatch, NmapService } from '#report/nmap/nmap-types.js';
import type { NotTakenTally } from '#report/nmap/reported-host.js';

/** Maximum length of a name. `hosts.hostname` has the same limit in the database. */
const MAX_NAME_CHARACTERS = 255;
const MAC = /^[\da-f]{2}(?::[\da-f]{2}){5}$/i;
const CONTROL = /\p{Cc}/u;
/** Sources of a name, the best first: reverse DNS of the address, then the name given as a target. */
const NAME_TYPES = ['PTR', 'user'];

export interface HostResponse {
  readonly address: Address;
  readonly observedAtMs: number;
}

/** Returns the findings of a host in a report, apart from its ports. */
export function findingsOf(
  host: NmapHost,
  observation: HostResponse,
  tally: NotTakenTally,
): readonly Finding[] {
  const ofHost = (fact: FindingFact, value: string | undefined, reason: string): Finding[] =>
    value === undefined ? [] : [{ ...observation, fact, protocol: null, port: null, value, reason }];
  const name = bestName(host);
  const mac = host.addresses.find(({ type, address }) => type === 'mac' && MAC.test(address));
  return [
    ...ofHost('hostname', name?.name, name?.type ?? 'nmap'),
    ...ofHost('mac_address', mac?.address.toLowerCase(), 'nmap'),
    ...ofHost('vendor', storable(mac?.vendor), 'nmap'),
    ...osFindings(host, ofHost, tally),
    ...serviceFindings(host, observation, tally),
  ];
}

function bestName({ hostnames }: NmapHost) {
  const usable = hostnames.flatMap(({ name, type }) => {
    const bare = storable(name.replace(/\.$/, '').toLowerCase());
    return bare === undefined ? [] : [{ name: bare, type }];
  });
  return (
    NAME_TYPES.map((type) => usable.find((one) => one.type === type)).find((one) => one !== undefined) ??
    usable[0]
  );
}

function storable(text: string | undefined): string | undefined {
  return text === undefined || text === '' || text.length > MAX_NAME_CHARACTERS || CONTROL.test(text)
    ? undefined
    : text;
}

/** The family or the name that all the best matches agree on; where they do not, nothing is known. */
function osFindings(
  { osMatches }: NmapHost,
  ofHost: (fact: FindingFact, value: string | undefined, reason: string) => Finding[],
  tally: NotTakenTally,
): readonly Finding[] {
  const best = Math.max(0, ...osMatches.map(({ accuracy }) => accuracy ?? 0));
  if (best === 0) return [];
  const matches = osMatches.filter(({ accuracy }) => accuracy === best);
  const reason = `nmap ${best}%`;
  const family = confirmed(familiesOf(matches, best));
  const name = confirmed(matches.flatMap((match) => (match.name === undefined ? [] : [match.name])));
  if (family === undefined) tally.add('ambiguous-os');
  return [...ofHost('os_family', storable(family), reason), ...ofHost('os_name', storable(name), reason)];
}

function familiesOf(matches: readonly NmapOsMatch[], best: number): readonly string[] {
  return matches
    .flatMap(({ classes }) => classes.filter(({ accuracy }) => accuracy === best))
    .flatMap(({ family }) => (family === undefined ? [] : [family]));
}

function confirmed(values: readonly string[]): string | undefined {
  return new Set(values).size === 1 ? values[0] : undefined;
}

function serviceFindings(
  host: NmapHost,
  observation: HostResponse,
  tally: NotTakenTally,
): readonly Finding[] {
  const seen = new Set<string>();
  return host.ports.flatMap(({ protocol: text, port, state, service }) => {
    const protocol = PROTOCOLS.find((known) => known === text);
    if (protocol === undefined || port === undefined || service === undefined) return [];
    if (state !== 'open' && state !== 'open|filtered') return [];
    if (seen.has(`${protocol} ${port}`)) return [];
    seen.add(`${protocol} ${port}`);
    const value = observedService(service);
    if (value === undefined) {
      tally.add('guessed-service');
      return [];
    }
    const reason = `nmap ${service.method ?? 'probed'}`;
    return [{ ...observation, fact: 'service' as const, protocol, port, value, reason }];
  });
}

/** nmap writes one each for the program, the system and the hardware, but a report may contain any number. */
const MAX_CPES = 16;

/** A name out of nmap's table of port numbers is no observation. */
function observedService({ method, cpe, ...service }: NmapService): string | undefined {
  return method === 'probed' ? serviceValue({ ...service, cpe: cpe.slice(0, MAX_CPES) }) : undefined;
}
