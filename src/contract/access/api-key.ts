import { z } from 'zod';

export const apiKeyRequestSchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  expires_at: z.iso.datetime({ offset: true }).optional(),
});
export type ApiKeyRequest = z.input<typeof apiKeyRequestSchema>;

export const apiKeySchema = z.object({
  id: z.uuid(),
  name: z.string(),
  /** The readable beginning of the key; the rest is known to its holder alone. */
  prefix: z.string(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

/** The answer to making a key: the only time the whole key is shown. */
export const newApiKeySchema = apiKeySchema.extend({ key: z.string() });
export const apiKeyListSchema = z.object({ data: z.array(apiKeySchema) });

export const signInLinkSchema = z.object({ token: z.string(), expires_at: z.string() });
