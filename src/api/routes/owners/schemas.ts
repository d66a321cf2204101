import { idParameters } from '#api/routes/id-parameters.js';
import { nameParameters } from '#api/routes/name-parameters.js';
import {
  networkOwnerRequestSchema,
  networkOwnerSchema,
  ownerChangeSchema,
  ownerListQuerySchema,
  ownerListSchema,
  ownerRequestSchema,
  ownerSchema,
} from '#contract/labels/owner.js';

const tags = ['owners'];
const params = nameParameters;

export const listRoute = {
  operationId: 'owners',
  summary: 'Owners, by name, with what is theirs',
  tags,
  querystring: ownerListQuerySchema.strict(),
  response: { 200: ownerListSchema },
};
export const showRoute = {
  operationId: 'owner',
  summary: 'One owner',
  tags,
  params,
  response: { 200: ownerSchema },
};
export const createRoute = {
  operationId: 'createOwner',
  summary: 'Stores an owner',
  tags,
  body: ownerRequestSchema,
  response: { 201: ownerSchema },
};
export const changeRoute = {
  operationId: 'changeOwner',
  summary: 'Renames an owner or changes how to reach them',
  tags,
  params,
  body: ownerChangeSchema,
  response: { 200: ownerSchema },
};
export const removeRoute = {
  operationId: 'removeOwner',
  summary: 'Removes an owner of whom nothing is',
  tags,
  params,
  response: { 200: ownerSchema },
};
export const networkRoute = {
  operationId: 'setNetworkOwner',
  summary: 'Sets or removes the owner of a network, which its hosts inherit',
  tags,
  params: idParameters,
  body: networkOwnerRequestSchema,
  response: { 200: networkOwnerSchema },
};
