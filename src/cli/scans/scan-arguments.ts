import { idArgumentOf, idOf, type Things, type Told } from '#cli/arguments/id-arguments.js';
import { localTime } from '#cli/output/time.js';
import type { Client } from '#contract/api/client.js';
import type { Scan } from '#contract/scans/scan.js';
import { clip } from '#domain/text/quote.js';

/** Of whatever kind; a deleted one is meant where no other has an id that begins so. */
const SCANS: Things = {
  noun: 'scan',
  listedBy: 'scans list',
  async list(client, asked) {
    const { data } = await client.scans({ kind: 'all', ...asked });
    if (data.length > 0 || asked.id_prefix === undefined) return data.map(told);
    return (await client.scans({ kind: 'all', ...asked, deleted: 'true' })).data.map(told);
  },
  none: { message: 'Nothing was scanned yet.', hint: 'Start with `scanorama scan`.' },
};

/** Names a scan on the command line: its id, how that begins, or `last`. */
export type ScanArgument = string;

export const scanArgumentOf = (word: string): ScanArgument => idArgumentOf(SCANS, word);

/** The id of the scan that is meant. */
export const scanIdOf = (client: Client, word: ScanArgument): Promise<string> => idOf(client, SCANS, word);

/** By its name, or whom it asked, and when it was started. */
function told({ id, name, targets, created_at }: Scan): Told {
  return { id, told: `${clip(name ?? targets[0] ?? 'no targets')}, ${localTime(created_at)}` };
}
