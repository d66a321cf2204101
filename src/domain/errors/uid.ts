/** Bytes of randomness in one uid. */
export const UID_RANDOM_BYTES = 10;

/**
 * A UUID version 7 (RFC 9562): 48 bits of milliseconds, then randomness, so that uids sort by the
 * time they were made. Made by us because PostgreSQL before 18 cannot.
 */
export function createUid(nowMs: number, random: Uint8Array): string {
  if (random.length < UID_RANDOM_BYTES) throw new RangeError(`a uid takes ${UID_RANDOM_BYTES} random bytes`);
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.max(0, Math.floor(nowMs))) << 16n);
  bytes.set(random.subarray(0, UID_RANDOM_BYTES), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const UID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export function isUid(text: string): boolean {
  return UID_PATTERN.test(text);
}

/** The time of a uid, by which it is told from all that were made in other milliseconds. */
export const shortUid = (uid: string): string => uid.slice(0, '00000000-0000'.length);

/** How a uid begins, with six characters at least: enough to mean one of a few thousand. */
export const UID_BEGINNING =
  /^(?:[0-9a-f]{6,8}|[0-9a-f]{8}-[0-9a-f]{0,4}|[0-9a-f]{8}(?:-[0-9a-f]{4}){1,2}-[0-9a-f]{0,4}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{0,12})$/i;
