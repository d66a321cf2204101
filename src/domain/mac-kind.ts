/**
 * Whether a MAC address is one that nobody assigned: the second bit of its first byte says that it was made up here, as
 * telephones do for each network, and virtual machines. Such an address names no vendor.
 */
export function isRandomisedMac(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 0b10) !== 0;
}
