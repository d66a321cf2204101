import { z } from 'zod';
import {
  MAX_FOUND_A_KIND,
  MAX_MORE_COUNTED,
  MAX_SEARCH_CHARACTERS,
  MIN_SEARCH_CHARACTERS,
  USUAL_FOUND_A_KIND,
} from '#domain/text/search-limit.js';

export const SEARCH_KINDS = [
  'host',
  'port',
  'service',
  'tag',
  'group',
  'owner',
  'network',
  'site',
  'profile',
  'scan',
] as const;

export const searchQuerySchema = z.object({
  q: z
    .string()
    .trim()
    .min(MIN_SEARCH_CHARACTERS)
    .max(MAX_SEARCH_CHARACTERS)
    .describe('Beginnings of words: an address, a name, a hardware address, a port, a service, an id.'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_FOUND_A_KIND)
    .default(USUAL_FOUND_A_KIND)
    .describe('At most so many of each kind.'),
});

export interface SearchQuery {
  readonly q: string;
  readonly limit?: number;
}

export const foundSchema = z.object({
  kind: z.enum(SEARCH_KINDS),
  id: z
    .string()
    .nullable()
    .describe('The name of a built-in profile; null for a port and a service, which are found on hosts.'),
  title: z.string(),
  detail: z.string().nullable(),
  filter: z
    .string()
    .nullable()
    .describe(
      'Of the hosts that have the port, service or tag, are in the group, network or site, or are of the owner; else null.',
    ),
});
export type Found = z.infer<typeof foundSchema>;
const moreSchema = z.object({
  kind: z.enum(SEARCH_KINDS),
  count: z
    .number()
    .int()
    .min(1)
    .max(MAX_MORE_COUNTED)
    .describe(`How many more there are than \`limit\`; ${MAX_MORE_COUNTED} is that many, or more.`),
});
export const searchResultsSchema = z.object({
  data: z.array(foundSchema),
  more: z.array(moreSchema).describe('The kinds of which not all that was found is there.'),
});
export type SearchResults = z.infer<typeof searchResultsSchema>;
