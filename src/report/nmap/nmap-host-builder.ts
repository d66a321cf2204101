import type {
  NmapAddress,
  NmapExtraPorts,
  NmapExtraReason,
  NmapHost,
  NmapHostname,
  NmapOsClass,
  NmapOsMatch,
  NmapPort,
  NmapScript,
  NmapService,
} from '#report/nmap/nmap-types.js';
import { type XmlAttributes, XmlFault } from '#report/text/bounded-xml.js';
import { cleanText, instantMs, integer, optionalText } from '#report/text/clean-text.js';

/** Any one value of a report that is kept. */
export const MAX_VALUE_CHARACTERS = 4_096;
/** A port list: all 65,536 numbers one by one fit. */
export const MAX_PORT_LIST_CHARACTERS = 524_288;
export const MAX_SCRIPT_OUTPUT_CHARACTERS = 16_384;
/** Maximum output of all scripts of one host together. The rest is omitted. */
export const MAX_HOST_SCRIPT_CHARACTERS = 1_048_576;
/** All ports of four protocols. */
export const MAX_HOST_PORTS = 262_144;
/** Addresses, names, scripts, matches … of one host, each. */
export const MAX_HOST_ITEMS = 4_096;
const MAX_PORT = 65_535;
const MAX_PERCENT = 100;
const MAX_CONFIDENCE = 10;

type Draft<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** One `<host>` while it is read. Elements it does not know are passed over. */
export class NmapHostBuilder {
  readonly #host: Draft<NmapHost>;
  readonly #addresses: NmapAddress[] = [];
  readonly #hostnames: NmapHostname[] = [];
  readonly #ports: Draft<NmapPort>[] = [];
  readonly #extraPorts: { draft: NmapExtraPorts; reasons: NmapExtraReason[] }[] = [];
  readonly #scripts: NmapScript[] = [];
  readonly #osMatches: { draft: NmapOsMatch; classes: NmapOsClass[] }[] = [];
  #port: { readonly draft: Draft<NmapPort>; readonly scripts: NmapScript[] } | undefined;
  /** The `<cpe>` elements of what is open: a service or a class of operating systems. */
  #cpe: string[] = [];
  #cpeText: string | undefined;
  #inMatch = false;
  #scriptDepth = 0;
  #scriptCharacters = 0;

  constructor(attributes: XmlAttributes, line: number) {
    this.#host = {
      state: undefined,
      reason: undefined,
      startedAtMs: instantMs(attributes['starttime']),
      endedAtMs: instantMs(attributes['endtime']),
      timedOut: attributes['timedout'] === 'true',
      addresses: this.#addresses,
      hostnames: this.#hostnames,
      ports: this.#ports,
      extraPorts: [],
      scripts: this.#scripts,
      osMatches: [],
      uptimeSeconds: undefined,
      distanceHops: undefined,
      smoothedRoundTripMicroseconds: undefined,
      line,
    };
  }

  open(name: string, attributes: XmlAttributes): void {
    if (name === 'script') this.#openScript(attributes);
    else if (this.#scriptDepth > 0) return;
    else if (this.#port !== undefined) this.#openInPort(this.#port.draft, name, attributes);
    else this.#openInHost(name, attributes);
    if (name === 'cpe') this.#cpeText = '';
  }

  text(text: string): void {
    if (this.#cpeText !== undefined) this.#cpeText = (this.#cpeText + text).slice(0, MAX_VALUE_CHARACTERS);
  }

  close(name: string): void {
    if (name === 'script') this.#scriptDepth -= 1;
    else if (this.#scriptDepth > 0) return;
    else if (name === 'cpe') this.#closeCpe();
    else if (name === 'port') this.#port = undefined;
    else if (name === 'osmatch') this.#inMatch = false;
  }

  finish(): NmapHost {
    return {
      ...this.#host,
      extraPorts: this.#extraPorts.map(({ draft, reasons }) => ({ ...draft, reasons })),
      osMatches: this.#osMatches.map(({ draft, classes }) => ({ ...draft, classes })),
    };
  }

  #openInHost(name: string, attributes: XmlAttributes): void {
    const host = this.#host;
    switch (name) {
      case 'status':
        host.state = value(attributes['state']);
        host.reason = value(attributes['reason']);
        break;
      case 'address':
        add(this.#addresses, readAddress(attributes));
        break;
      case 'hostname':
        add(this.#hostnames, readHostname(attributes));
        break;
      case 'extraports':
        add(this.#extraPorts, { draft: readExtraPorts(attributes), reasons: [] });
        break;
      case 'extrareasons':
        add(this.#extraPorts.at(-1)?.reasons ?? [], readExtraReason(attributes));
        break;
      case 'port':
        this.#openPort(attributes);
        break;
      case 'osmatch':
      case 'osclass':
        this.#openOs(name, attributes);
        break;
      case 'uptime':
        host.uptimeSeconds = integer(attributes['seconds']);
        break;
      case 'distance':
        host.distanceHops = integer(attributes['value']);
        break;
      case 'times':
        host.smoothedRoundTripMicroseconds = integer(attributes['srtt']);
        break;
      default:
    }
  }

  #openPort(attributes: XmlAttributes): void {
    if (this.#ports.length >= MAX_HOST_PORTS)
      throw new XmlFault('too-large', `A host has more than ${MAX_HOST_PORTS} ports.`);
    const scripts: NmapScript[] = [];
    const draft: Draft<NmapPort> = {
      protocol: value(attributes['protocol']),
      port: integer(attributes['portid'], MAX_PORT),
      state: undefined,
      reason: undefined,
      service: undefined,
      scripts,
    };
    this.#ports.push(draft);
    this.#port = { draft, scripts };
  }

  #openInPort(port: Draft<NmapPort>, name: string, attributes: XmlAttributes): void {
    if (name === 'state') {
      port.state = value(attributes['state']);
      port.reason = value(attributes['reason']);
    } else if (name === 'service') {
      this.#cpe = [];
      port.service = readService(attributes, this.#cpe);
    }
  }

  /** Up to version 5 the classes stand beside the matches, later inside them. */
  #openOs(name: 'osmatch' | 'osclass', attributes: XmlAttributes): void {
    if (name === 'osmatch') {
      this.#inMatch = true;
      add(this.#osMatches, { draft: readOsMatch(attributes), classes: [] });
      return;
    }
    this.#cpe = [];
    const osClass = readOsClass(attributes, this.#cpe);
    const match = this.#inMatch ? this.#osMatches.at(-1) : undefined;
    if (match !== undefined) add(match.classes, osClass);
    else {
      const draft = { name: undefined, accuracy: osClass.accuracy, classes: [] };
      add(this.#osMatches, { draft, classes: [osClass] });
    }
  }

  #openScript(attributes: XmlAttributes): void {
    this.#scriptDepth += 1;
    const left = MAX_HOST_SCRIPT_CHARACTERS - this.#scriptCharacters;
    const id = value(attributes['id']);
    if (this.#scriptDepth > 1 || id === undefined || left <= 0) return;
    const output = cleanText(attributes['output'] ?? '', Math.min(MAX_SCRIPT_OUTPUT_CHARACTERS, left));
    this.#scriptCharacters += output.length;
    add(this.#port?.scripts ?? this.#scripts, { id, output });
  }

  #closeCpe(): void {
    const cpe = optionalText(this.#cpeText, MAX_VALUE_CHARACTERS)?.trim();
    if (cpe !== undefined) add(this.#cpe, cpe);
    this.#cpeText = undefined;
  }
}

/** Adds an item unless the list is full. No stored data depends on the omitted items. */
function add<Item>(list: Item[], item: Item | undefined): void {
  if (item !== undefined && list.length < MAX_HOST_ITEMS) list.push(item);
}

export function value(text: string | undefined): string | undefined {
  return optionalText(text, MAX_VALUE_CHARACTERS);
}

function readAddress(attributes: XmlAttributes): NmapAddress | undefined {
  const address = value(attributes['addr']);
  if (address === undefined) return undefined;
  return { address, type: value(attributes['addrtype']) ?? 'ipv4', vendor: value(attributes['vendor']) };
}

function readHostname(attributes: XmlAttributes): NmapHostname | undefined {
  const name = value(attributes['name']);
  return name === undefined ? undefined : { name, type: value(attributes['type']) };
}

function readExtraPorts(attributes: XmlAttributes): NmapExtraPorts {
  return { state: value(attributes['state']), count: integer(attributes['count']), reasons: [] };
}

function readExtraReason(attributes: XmlAttributes): NmapExtraReason {
  return {
    reason: value(attributes['reason']),
    count: integer(attributes['count']),
    protocol: value(attributes['proto']),
    ports: optionalText(attributes['ports'], MAX_PORT_LIST_CHARACTERS),
  };
}

function readService(attributes: XmlAttributes, cpe: readonly string[]): NmapService {
  return {
    name: value(attributes['name']),
    product: value(attributes['product']),
    version: value(attributes['version']),
    extraInfo: value(attributes['extrainfo']),
    osType: value(attributes['ostype']),
    deviceType: value(attributes['devicetype']),
    tunnel: value(attributes['tunnel']),
    method: value(attributes['method']),
    confidence: integer(attributes['conf'], MAX_CONFIDENCE),
    cpe,
  };
}

function readOsMatch(attributes: XmlAttributes): NmapOsMatch {
  return { name: value(attributes['name']), accuracy: percent(attributes['accuracy']), classes: [] };
}

function readOsClass(attributes: XmlAttributes, cpe: readonly string[]): NmapOsClass {
  return {
    vendor: value(attributes['vendor']),
    family: value(attributes['osfamily']),
    generation: value(attributes['osgen']),
    type: value(attributes['type']),
    accuracy: percent(attributes['accuracy']),
    cpe,
  };
}

function percent(text: string | undefined): number | undefined {
  return integer(text, MAX_PERCENT);
}
