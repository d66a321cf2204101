/** Eight addresses of the benchmarking range. */
interface OwnNetwork {
  readonly cidr: string;
  readonly address: (host: number) => string;
}

/**
 * The network of one run of a property, so that runs share a database. There are 16,384: with an octet for the run,
 * shrinking a failure ended in invalid addresses, and reported those.
 */
export function networkOfRun(run: number): OwnNetwork {
  const address = (host: number) => `198.${18 + (run >> 13)}.${(run >> 5) & 255}.${(run & 31) * 8 + host}`;
  return { cidr: `${address(0)}/29`, address };
}
