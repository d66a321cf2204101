import { z } from 'zod';
import {
  profileChangeSchema,
  profileCloneSchema,
  profileListQuerySchema,
  profileListSchema,
  profileName,
  profileRequestSchema,
  profileSchema,
  profileStatsSchema,
} from '#contract/profiles/profile.js';

const tags = ['profiles'];
const params = z.object({
  id: profileName.describe('The id of the profile, or its name whatever its case.'),
});

export const listRoute = {
  operationId: 'profiles',
  summary: 'Profiles: the built-in ones, then those of one’s own by name',
  tags,
  querystring: profileListQuerySchema.strict(),
  response: { 200: profileListSchema },
};
export const showRoute = {
  operationId: 'profile',
  summary: 'One profile',
  tags,
  params,
  response: { 200: profileSchema },
};
export const statsRoute = {
  operationId: 'profileStats',
  summary: 'What the scans of a profile came to, counted now',
  tags,
  params,
  response: { 200: profileStatsSchema },
};
export const createRoute = {
  operationId: 'createProfile',
  summary: 'Stores a profile, or the way in which a scan was made',
  tags,
  body: profileRequestSchema,
  response: { 201: profileSchema },
};
export const changeRoute = {
  operationId: 'changeProfile',
  summary: 'Changes a profile of one’s own; what is absent stays, and scans keep what they ran with',
  tags,
  params,
  body: profileChangeSchema,
  response: { 200: profileSchema },
};
export const cloneRoute = {
  operationId: 'cloneProfile',
  summary: 'Stores a copy of a profile under another name',
  tags,
  params,
  body: profileCloneSchema,
  response: { 201: profileSchema },
};
export const removeRoute = {
  operationId: 'removeProfile',
  summary: 'Removes a profile of one’s own; its scans stay, with all that they ran with',
  tags,
  params,
  response: { 204: z.undefined().describe('The profile is removed.') },
};
