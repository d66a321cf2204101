/** Kinds of links, by the numbers that the kernel has for them (ARPHRD). */
export const LINK_ETHERNET = 1;
export const LINK_LOOPBACK = 772;
export const LINK_NONE = 65_534;

/** Links whose packets begin with the IP header: the other end is the only neighbor, or the kernel knows which. */
const HEADERLESS: ReadonlySet<number> = new Set([
  // SLIP and its compressed form, for IPv4 and IPv6.
  256,
  257,
  258,
  259,
  // PPP
  512,
  // Raw IP, of mobile modems.
  519,
  // IPv4 and IPv6 in IPv4, and in IPv6.
  768,
  769,
  776,
  // GRE over IPv4 and IPv6.
  778,
  823,
  // TUN, WireGuard, XFRM
  LINK_NONE,
]);

/** How packets go over a link: with an Ethernet header, through the kernel to itself, or from the IP header on. */
export type LinkForm = 'ethernet' | 'loopback' | 'headerless';

/** Undefined for a kind that this house does not speak, such as InfiniBand. */
export function linkFormOf(kind: number): LinkForm | undefined {
  if (kind === LINK_ETHERNET) return 'ethernet';
  if (kind === LINK_LOOPBACK) return 'loopback';
  return HEADERLESS.has(kind) ? 'headerless' : undefined;
}
