/**
 * Whether a MAC address is one that nobody assigned: the second bit of its first byte says that it was made up here, as
 * telephones do for each network, and virtual machines. Such an address names no vendor.
 */
export function isRandomizedMac(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 0b10) !== 0;
}

/** VRRP and CARP for IPv4 and IPv6, HSRP, HSRP version 2 for both, GLBP. */
export const VIRTUAL_ROUTERS: readonly string[] = [
  '00:00:5e:00:01',
  '00:00:5e:00:02',
  '00:00:0c:07:ac',
  '00:00:0c:9f:f',
  '00:05:73:a0:0',
  '00:07:b4:',
];

/** Whether several machines hold a MAC address in turn, as routers do that stand in for each other. */
export function isVirtualRouterMac(mac: string): boolean {
  return VIRTUAL_ROUTERS.some((prefix) => mac.startsWith(prefix));
}

/** Whether it is the address of no interface: all zero, or of a group. */
export function isUnassignableMac(mac: string): boolean {
  return mac === '00:00:00:00:00:00' || (Number.parseInt(mac.slice(0, 2), 16) & 0b1) !== 0;
}

/** Whether somebody assigned it to one interface, so that it stays and tells its machine from others. */
export function isAssignedMac(mac: string): boolean {
  return !isRandomizedMac(mac) && !isVirtualRouterMac(mac) && !isUnassignableMac(mac);
}
