import {
  retentionPreviewListSchema,
  settingChangesSchema,
  settingListSchema,
} from '#contract/workers/setting.js';

const tags = ['settings'];

export const listRoute = {
  operationId: 'settings',
  summary: 'Every setting of the installation, with who made it',
  tags,
  response: { 200: settingListSchema },
};
export const changeRoute = {
  operationId: 'changeSettings',
  summary:
    'Changes the settings that are named, all or none; programs that run act on them at once, maintenance within six hours',
  tags,
  body: settingChangesSchema,
  response: { 200: settingListSchema },
};
export const retentionRoute = {
  operationId: 'previewRetention',
  summary: 'Shows what the retention settings would remove',
  tags,
  response: { 200: retentionPreviewListSchema },
};
