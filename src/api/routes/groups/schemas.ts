import { nameParameters } from '#api/routes/name-parameters.js';
import { editOutcomeSchema } from '#contract/hosts/edit.js';
import { hostListQuerySchema, hostListSchema } from '#contract/hosts/host.js';
import {
  groupChangeSchema,
  groupListQuerySchema,
  groupListSchema,
  groupMembersSchema,
  groupRequestSchema,
  groupSchema,
} from '#contract/labels/group.js';

const tags = ['groups'];
const params = nameParameters;

export const listRoute = {
  operationId: 'groups',
  summary: 'Groups of hosts, by name',
  tags,
  querystring: groupListQuerySchema.strict(),
  response: { 200: groupListSchema },
};
export const showRoute = {
  operationId: 'group',
  summary: 'One group',
  tags,
  params,
  response: { 200: groupSchema },
};
export const createRoute = {
  operationId: 'createGroup',
  summary: 'Makes a group',
  tags,
  body: groupRequestSchema,
  response: { 201: groupSchema },
};
export const changeRoute = {
  operationId: 'changeGroup',
  summary: 'Edits the name, description, color or rule of a group; omitted fields are kept',
  tags,
  params,
  body: groupChangeSchema,
  response: { 200: groupSchema },
};
export const removeRoute = {
  operationId: 'removeGroup',
  summary: 'Removes a group; its hosts stay; the edit can be taken back',
  tags,
  params,
  response: { 200: editOutcomeSchema },
};
export const hostsRoute = {
  operationId: 'groupHosts',
  summary: 'The hosts of a group as they are known now',
  tags,
  params,
  querystring: hostListQuerySchema.strict(),
  response: { 200: hostListSchema },
};
const membering = { tags, params, body: groupMembersSchema, response: { 200: editOutcomeSchema } };
export const addHostsRoute = {
  ...membering,
  operationId: 'addGroupHosts',
  summary: 'Puts hosts into a static group; the edit can be taken back',
};
export const removeHostsRoute = {
  ...membering,
  operationId: 'removeGroupHosts',
  summary: 'Takes hosts out of a static group; the edit can be taken back',
};
