import { searchQuerySchema, searchResultsSchema } from '#contract/hosts/search.js';

export const searchRoute = {
  operationId: 'search',
  summary:
    'Hosts, ports, services, tags, groups, owners, networks, sites, profiles and scans by the beginning of a word',
  tags: ['search'],
  querystring: searchQuerySchema.strict(),
  response: { 200: searchResultsSchema },
};
