import { z } from 'zod';
import { idParameters } from '#api/routes/id-parameters.js';
import {
  bulkEditOutcomeSchema,
  bulkEditSchema,
  bulkTagsSchema,
  editListQuerySchema,
  editListSchema,
  editOutcomeSchema,
  fieldValuesSchema,
  hostOwnerRequestSchema,
  hostTagsRequestSchema,
  hostTagsSchema,
  noteRequestSchema,
  undoOutcomeSchema,
} from '#contract/hosts/edit.js';

const tags = ['hosts'];
const host = z.string().min(1).describe('The id of the host, or its IP address.');
const params = z.object({ id: host });

export const bulkRoute = {
  operationId: 'editHosts',
  summary: 'Edits many hosts, all or none; can be undone',
  tags,
  body: bulkEditSchema,
  response: { 200: bulkEditOutcomeSchema },
};
export const bulkTagsRoute = {
  operationId: 'tagHosts',
  summary: 'Adds tags to many hosts, removes them, or makes them the only ones, all or nothing',
  tags,
  body: bulkTagsSchema,
  response: { 200: bulkEditOutcomeSchema },
};
export const editsRoute = {
  operationId: 'hostEdits',
  summary: 'What people changed of hosts, the newest first',
  tags,
  querystring: editListQuerySchema.strict(),
  response: { 200: editListSchema },
};
export const undoRoute = {
  operationId: 'undoHostEdit',
  summary: 'Takes an edit back, but for what was changed again since',
  tags,
  params: idParameters,
  response: { 200: undoOutcomeSchema },
};

const tagging = { tags, params, body: hostTagsRequestSchema, response: { 200: hostTagsSchema } };
export const setTagsRoute = {
  ...tagging,
  operationId: 'setHostTags',
  summary: 'Makes these the only tags of a host',
};
export const addTagsRoute = { ...tagging, operationId: 'addHostTags', summary: 'Adds tags to a host' };
export const removeTagsRoute = {
  ...tagging,
  operationId: 'removeHostTags',
  summary: 'Removes tags from a host',
};

export const addNoteRoute = {
  operationId: 'addHostNote',
  summary: 'Writes a note to a host',
  tags,
  params,
  body: noteRequestSchema,
  response: { 201: editOutcomeSchema },
};
export const removeNoteRoute = {
  operationId: 'removeHostNote',
  summary: 'Takes a note away; the history of the host keeps it',
  tags,
  params: z.object({ id: host, note: z.guid() }),
  response: { 200: editOutcomeSchema },
};
export const setOwnerRoute = {
  operationId: 'setHostOwner',
  summary: 'Sets or removes the owner of a host',
  tags,
  params,
  body: hostOwnerRequestSchema,
  response: { 200: editOutcomeSchema },
};
export const setFieldsRoute = {
  operationId: 'setHostFields',
  summary: 'Sets fields of a host; those that are not named stay',
  tags,
  params,
  body: fieldValuesSchema,
  response: { 200: editOutcomeSchema },
};
