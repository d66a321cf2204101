import { type RawBuilder, sql } from 'kysely';

/** Whether a uid begins so: a range of uids, which their index serves. */
export function beginsSo(uid: RawBuilder<unknown>, beginning: string | undefined): RawBuilder<unknown> {
  if (beginning === undefined) return sql`true`;
  const digits = beginning.replaceAll('-', '').toLowerCase();
  return sql`${uid} BETWEEN rpad(${digits}, 32, '0')::uuid AND rpad(${digits}, 32, 'f')::uuid`;
}
