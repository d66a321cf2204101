import { nameParameters } from '#api/routes/name-parameters.js';
import { tagRemovalSchema } from '#contract/hosts/edit.js';
import {
  tagChangeSchema,
  tagListQuerySchema,
  tagListSchema,
  tagRequestSchema,
  tagSchema,
} from '#contract/labels/tag.js';

const tags = ['tags'];
const params = nameParameters;

export const listRoute = {
  operationId: 'tags',
  summary: 'Tags, by name, with how many hosts and scans have them',
  tags,
  querystring: tagListQuerySchema.strict(),
  response: { 200: tagListSchema },
};
export const showRoute = {
  operationId: 'tag',
  summary: 'One tag, with how many hosts and scans have it',
  tags,
  params,
  response: { 200: tagSchema },
};
export const createRoute = {
  operationId: 'createTag',
  summary: 'Makes a tag; one that is given to a host is made by that',
  tags,
  body: tagRequestSchema,
  response: { 201: tagSchema },
};
export const changeRoute = {
  operationId: 'changeTag',
  summary: 'Edits the name or color of a tag',
  tags,
  params,
  body: tagChangeSchema,
  response: { 200: tagSchema },
};
export const removeRoute = {
  operationId: 'removeTag',
  summary: 'Removes a tag from every host and scan and for itself; the edit can be taken back',
  tags,
  params,
  response: { 200: tagRemovalSchema },
};
