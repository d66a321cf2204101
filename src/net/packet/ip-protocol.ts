/** Numbers in the protocol field of IPv4 and the last next-header field of IPv6. */
export const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;
