import { MAX_PROBE_ATTEMPTS } from '#scan/connect/probe-attempts.js';

/** A TCP probe's attempt is told by its source port: one for each attempt there may be. */
export const TCP_GROUP_PORTS: number = MAX_PROBE_ATTEMPTS;
/** Where in its group a UDP probe's source port lies is secret: 6 bits more that a forger has to guess. */
export const UDP_GROUP_PORTS = 64;
const GROUPS = 3;

/** Source ports one run needs, in a row. */
export const SOURCE_PORTS: number = GROUPS * (TCP_GROUP_PORTS + UDP_GROUP_PORTS);

/** How many of them are held against other programs: those of TCP. */
export const HELD_SOURCE_PORTS: number = GROUPS * TCP_GROUP_PORTS;

/**
 * Which source ports probes leave from. They come in three groups, and a probe to a port of one group leaves from
 * the next: a probe of this machine that comes back over loopback is then never the reply to another probe.
 *
 *     first ── TCP 0 │ TCP 1 │ TCP 2 │ UDP 0 │ UDP 1 │ UDP 2      to elsewhere: from group 0
 */
export class SourcePorts {
  readonly first: number;
  readonly last: number;

  constructor(first: number) {
    this.first = first;
    this.last = first + SOURCE_PORTS - 1;
  }

  /** First port of the group that a TCP probe of this port leaves from. */
  tcpGroup(port: number): number {
    return groupFor(port, this.first, TCP_GROUP_PORTS);
  }

  udpGroup(port: number): number {
    return groupFor(port, this.first + GROUPS * TCP_GROUP_PORTS, UDP_GROUP_PORTS);
  }
}

function groupFor(port: number, first: number, groupPorts: number): number {
  const offset = port - first;
  if (offset < 0 || offset >= GROUPS * groupPorts) return first;
  return first + ((Math.floor(offset / groupPorts) + 1) % GROUPS) * groupPorts;
}
