import type { ScanHost } from '#contract/scans/scan.js';
import { formatCount } from '../../format/number.ts';

type StateCount = ScanHost['other_ports'][number];

/** `65,530 closed (conn-refused)`; the protocol is named where it is not TCP. */
export function stateCountText({ count, protocol, state, reason }: StateCount): string {
  const what = protocol === 'tcp' ? state : `${protocol} ${state}`;
  return `${formatCount(count)} ${what} (${reason})`;
}
