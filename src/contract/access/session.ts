import { z } from 'zod';

/** Sign in with an API key, or with the token of a one-time link. */
export const signInSchema = z.union([
  z.strictObject({ key: z.string().min(1).max(200) }),
  z.strictObject({ token: z.string().min(1).max(200) }),
]);
export type SignIn = z.input<typeof signInSchema>;

/** Who the request is made as. */
export const sessionSchema = z.object({ actor: z.string(), version: z.string() });
