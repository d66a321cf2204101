/**
 * Raw print ports of TCP: what is sent there comes out on paper. No program of this product sends anything there beyond
 * the probe of the port itself, and nothing is to be learnt of what listens.
 */
export const PRINT_PORTS = { first: 9_100, last: 9_109 } as const;

export function isPrintPort(port: number): boolean {
  return port >= PRINT_PORTS.first && port <= PRINT_PORTS.last;
}
