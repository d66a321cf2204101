import { udpPayload } from '#net/probe/udp-payloads/udp-payload.js';
import type { Lane } from '#scan/raw-engine/lanes.js';
import type { HostTable } from '#scan/raw-hosts/host-table.js';
import { COOKIE_STATE_WORDS, cookieOf } from '#scan/raw-probes/cookie.js';
import { type Payload, payloadOf } from '#scan/raw-probes/frame-writer.js';
import { type SourcePorts, TCP_GROUP_PORTS, UDP_GROUP_PORTS } from '#scan/raw-probes/source-ports.js';

/** A port of a host of a block. */
export interface ProbeTarget {
  readonly hosts: HostTable;
  readonly host: number;
  readonly port: number;
}

/** Puts probes into the batch of a lane, each with the numbers that only its answer can carry back. */
export class ProbeWriter {
  readonly #ports: SourcePorts;
  readonly #payloads = new Map<number, Payload>();
  readonly #fields = { sourcePort: 0, port: 0, cookie: 0 };

  constructor(ports: SourcePorts) {
    this.#ports = ports;
  }

  writeTcp(slot: number, attempt: number, { lane, to }: { lane: Lane; to: ProbeTarget }): void {
    const fields = this.#fields;
    fields.port = to.port;
    fields.sourcePort = this.#ports.tcpGroup(to.port) + (attempt % TCP_GROUP_PORTS);
    const words = (fields.sourcePort << 16) | to.port;
    fields.cookie = cookieOf(to.hosts.cookies, to.host * COOKIE_STATE_WORDS, words);
    lane.tcp.addTcp(slot, to, fields);
  }

  writeUdp(slot: number, attempt: number, { lane, to }: { lane: Lane; to: ProbeTarget }): void {
    const fields = this.#fields;
    const secret = cookieOf(to.hosts.cookies, to.host * COOKIE_STATE_WORDS, to.port);
    fields.port = to.port;
    fields.sourcePort = this.#ports.udpGroup(to.port) + ((secret + attempt) & (UDP_GROUP_PORTS - 1));
    lane.udp.addUdp(slot, to, { ...fields, payload: this.#payload(to.port) });
  }

  #payload(port: number): Payload {
    const known = this.#payloads.get(port);
    if (known !== undefined) return known;
    const payload = payloadOf(udpPayload(port));
    this.#payloads.set(port, payload);
    return payload;
  }
}
