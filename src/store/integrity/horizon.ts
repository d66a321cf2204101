import { sql } from 'kysely';

/** Before it retention has removed changes that newer ones supersede. */
export const HISTORY_HORIZON = sql`coalesce((SELECT horizon FROM retention_horizons WHERE kind = 'history'), '-infinity')`;

/** A month of raw rows that is dropped is in no snapshot any more, its sums only in later ones: what lasts is a fault. */
export const RETIRING_PASSES_MS = 1_000;
