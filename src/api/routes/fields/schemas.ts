import { nameParameters } from '#api/routes/name-parameters.js';
import { editOutcomeSchema } from '#contract/hosts/edit.js';
import {
  fieldChangeSchema,
  fieldListSchema,
  fieldRequestSchema,
  fieldSchema,
} from '#contract/labels/custom-field.js';

const tags = ['fields'];
const params = nameParameters;

export const listRoute = {
  operationId: 'fields',
  summary: 'The fields that are defined for hosts, by name',
  tags,
  response: { 200: fieldListSchema },
};
export const createRoute = {
  operationId: 'createField',
  summary: 'Defines a field',
  tags,
  body: fieldRequestSchema,
  response: { 201: fieldSchema },
};
export const changeRoute = {
  operationId: 'changeField',
  summary: 'Describes a field or changes its choices; name and type stay',
  tags,
  params,
  body: fieldChangeSchema,
  response: { 200: fieldSchema },
};
export const removeRoute = {
  operationId: 'removeField',
  summary: 'Removes a field and its values; the edit can be taken back',
  tags,
  params,
  response: { 200: editOutcomeSchema },
};
