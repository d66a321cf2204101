import { z } from 'zod';
import {
  changedSiteSchema,
  MAX_NAME_CHARACTERS,
  siteChangeSchema,
  siteListQuerySchema,
  siteListSchema,
  siteRequestSchema,
  siteSchema,
} from '#contract/networks/site.js';

const tags = ['sites'];
const params = z.object({
  id: z.string().min(1).max(MAX_NAME_CHARACTERS).describe('The id of the site, or its name.'),
});

export const listRoute = {
  operationId: 'sites',
  summary: 'Sites, by name, with what is in them',
  tags,
  querystring: siteListQuerySchema.strict(),
  response: { 200: siteListSchema },
};
export const showRoute = {
  operationId: 'site',
  summary: 'One site with its scope',
  tags,
  params,
  response: { 200: siteSchema },
};
export const createRoute = {
  operationId: 'createSite',
  summary: 'Makes a site',
  tags,
  body: siteRequestSchema,
  response: { 201: siteSchema },
};
export const changeRoute = {
  operationId: 'changeSite',
  summary: 'Edits the name or the scope of a site',
  tags,
  params,
  body: siteChangeSchema,
  response: { 200: changedSiteSchema },
};
export const removeRoute = {
  operationId: 'removeSite',
  summary: 'Removes a site that nothing is in',
  tags,
  params,
  response: { 204: z.undefined().describe('The site is removed.') },
};
