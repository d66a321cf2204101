import { type Items, idArgumentOf, idOf, type Reported } from '#cli/arguments/id-arguments.js';
import { localTime } from '#cli/output/time.js';
import type { Client } from '#contract/api/client.js';
import type { Scan } from '#contract/scans/scan.js';
import { clip } from '#domain/text/quote.js';

/** Of whatever kind; a deleted one is meant where no other has an id that begins so. */
const SCANS: Items = {
  noun: 'scan',
  listedBy: 'scans list',
  async list(client, probed) {
    const { data } = await client.scans({ kind: 'all', ...probed });
    if (data.length > 0 || probed.id_prefix === undefined) return data.map(shown);
    return (await client.scans({ kind: 'all', ...probed, deleted: 'true' })).data.map(shown);
  },
  none: { message: 'Nothing was scanned yet.', hint: 'Start with `scanorama scan`.' },
};

/** Names a scan on the command line: its id, how that begins, or `last`. */
export type ScanArgument = string;

export const scanArgumentOf = (arg: string): ScanArgument => idArgumentOf(SCANS, arg);

/** The id of the scan that is meant. */
export const scanIdOf = (client: Client, arg: ScanArgument): Promise<string> => idOf(client, SCANS, arg);

/** A scan by its name or first target, and its creation time. */
function shown({ id, name, targets, created_at }: Scan): Reported {
  return { id, shown: `${clip(name ?? targets[0] ?? 'no targets')}, ${localTime(created_at)}` };
}
