import { usage } from '#cli/usage.js';
import type { Client } from '#contract/client.js';
import { ScanoramaError } from '#domain/error.js';
import { clip, quote } from '#domain/quote.js';
import { isUid, UID_BEGINNING } from '#domain/uid.js';

/** The scan that was started last, of whatever kind. */
const LAST = 'last';
/** As many as an error names. */
const NAMED_MAX = 5;

/** Names a scan on the command line: its id, how that begins, or `last`. */
export type ScanWord = string;

export const isScanWord = (word: string): boolean => word === LAST || isUid(word) || UID_BEGINNING.test(word);

export function scanWordOf(word: string): ScanWord {
  if (isScanWord(word)) return word.toLowerCase();
  throw usage(`${quote(word)} is not the id of a scan.`, {
    hint: '`scanorama scans list` shows the ids. Their first six characters will do, and so will last.',
    at: clip(word),
  });
}

/** The id of the scan that is meant; of a deleted one where no other begins so. */
export async function scanIdOf(client: Client, word: ScanWord): Promise<string> {
  if (isUid(word)) return word;
  if (word === LAST) {
    const [last] = (await client.scans({ kind: 'all', page_size: 1 })).data;
    if (last !== undefined) return last.id;
    throw new ScanoramaError('not_found', 'Nothing was scanned yet.', {
      hint: 'Start with `scanorama scan`.',
    });
  }
  const asked = { kind: 'all', id_prefix: word, page_size: NAMED_MAX } as const;
  const listed = (await client.scans(asked)).data;
  const found = listed.length > 0 ? listed : (await client.scans({ ...asked, deleted: 'true' })).data;
  const [only, other] = found;
  if (only === undefined)
    throw new ScanoramaError('not_found', `No scan has an id that begins with ${word}.`, {
      hint: '`scanorama scans list` shows the scans.',
      at: word,
    });
  if (other === undefined) return only.id;
  throw usage(`Several scans have an id that begins with ${word}.`, {
    hint: `Give more of it: ${found.map(({ id }) => id).join(', ')}.`,
    at: word,
  });
}
