import { AddressSet } from '#domain/addresses/address-set.js';
import { PortSet, parsePorts } from '#domain/ports/ports.js';

/** What a scan was to ask, as it is stored: canonical words of addresses, and of ports; no port where hosts were asked. */
export interface Input {
  readonly targetRanges: readonly string[];
  readonly ports: string;
}

/** How many questions two scans have in common: addresses × ports, or the addresses of two that ask no port. */
export function questionsShared(own: Input): (other: Input) => bigint {
  const addresses = AddressSet.parse(own.targetRanges);
  const ports = portsOf(own);
  return (other) => {
    const shared = addresses.intersect(AddressSet.parse(other.targetRanges)).size;
    const probesHosts = own.ports === '' && other.ports === '';
    return shared * (probesHosts ? 1n : BigInt(ports.countShared(portsOf(other))));
  };
}

const portsOf = ({ ports }: Input): PortSet => (ports === '' ? PortSet.of({}) : parsePorts(ports));
