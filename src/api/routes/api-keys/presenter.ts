import type { ApiKey } from '#contract/access/api-key.js';
import type { StoredApiKey } from '#store/access/access.js';

export function presentApiKey(row: StoredApiKey): ApiKey {
  return {
    id: row.uid,
    name: row.name,
    prefix: row.prefix,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
  };
}
