import { type Call, type ListQuery, methodsOver } from '#contract/api/request.js';
import { ROUTES } from '#contract/api/routes.js';
import {
  type BulkEdit,
  type BulkTags,
  bulkEditOutcomeSchema,
  type editListQuerySchema,
  editListSchema,
  editOutcomeSchema,
  hostTagsSchema,
  tagRemovalSchema,
  undoOutcomeSchema,
} from '#contract/hosts/edit.js';
import { type hostListQuerySchema, hostListSchema } from '#contract/hosts/host.js';
import {
  type FieldChange,
  type FieldRequest,
  fieldListSchema,
  fieldSchema,
} from '#contract/labels/custom-field.js';
import {
  type GroupChange,
  type GroupRequest,
  type groupListQuerySchema,
  groupListSchema,
  groupSchema,
} from '#contract/labels/group.js';
import {
  networkOwnerSchema,
  type OwnerChange,
  type OwnerRequest,
  type ownerListQuerySchema,
  ownerListSchema,
  ownerSchema,
} from '#contract/labels/owner.js';
import {
  type TagChange,
  type TagRequest,
  type tagListQuerySchema,
  tagListSchema,
  tagSchema,
} from '#contract/labels/tag.js';

/** The part of the client that says what people say of hosts. */
export function annotationCalls(call: Call) {
  const { get, post, put, patch, remove } = methodsOver(call);

  return {
    editHosts: (body: BulkEdit) => post(bulkEditOutcomeSchema, ROUTES.bulkEdit, body),
    tagHosts: (body: BulkTags) => post(bulkEditOutcomeSchema, ROUTES.bulkTags, body),
    hostEdits: (query: ListQuery<typeof editListQuerySchema> = {}) =>
      get(editListSchema, ROUTES.hostEdits, { query }),
    undoHostEdit: (id: string) => post(undoOutcomeSchema, ROUTES.undoHostEdit(id)),
    setHostTags: (id: string, tags: readonly string[]) => put(hostTagsSchema, ROUTES.hostTags(id), { tags }),
    addHostTags: (id: string, tags: readonly string[]) => post(hostTagsSchema, ROUTES.hostTags(id), { tags }),
    removeHostTags: (id: string, tags: readonly string[]) =>
      remove(hostTagsSchema, ROUTES.hostTags(id), { tags }),
    addHostNote: (id: string, text: string) => post(editOutcomeSchema, ROUTES.hostNotes(id), { text }),
    removeHostNote: (id: string, note: string) => remove(editOutcomeSchema, ROUTES.hostNote(id, note)),
    setHostOwner: (id: string, owner: string | null) =>
      put(editOutcomeSchema, ROUTES.hostOwner(id), { owner }),
    setHostFields: (id: string, fields: Readonly<Record<string, string | null>>) =>
      put(editOutcomeSchema, ROUTES.hostFields(id), fields),

    tags: (query: ListQuery<typeof tagListQuerySchema> = {}) => get(tagListSchema, ROUTES.tags, { query }),
    tag: (name: string) => get(tagSchema, ROUTES.tag(name)),
    createTag: (body: TagRequest) => post(tagSchema, ROUTES.tags, body),
    changeTag: (name: string, body: TagChange) => patch(tagSchema, ROUTES.tag(name), body),
    removeTag: (name: string) => remove(tagRemovalSchema, ROUTES.tag(name)),

    groups: (query: ListQuery<typeof groupListQuerySchema> = {}) =>
      get(groupListSchema, ROUTES.groups, { query }),
    group: (id: string) => get(groupSchema, ROUTES.group(id)),
    createGroup: (body: GroupRequest) => post(groupSchema, ROUTES.groups, body),
    changeGroup: (id: string, body: GroupChange) => put(groupSchema, ROUTES.group(id), body),
    removeGroup: (id: string) => remove(editOutcomeSchema, ROUTES.group(id)),
    groupHosts: (id: string, query: ListQuery<typeof hostListQuerySchema> = {}) =>
      get(hostListSchema, ROUTES.groupHosts(id), { query }),
    addGroupHosts: (id: string, hosts: readonly string[]) =>
      post(editOutcomeSchema, ROUTES.groupHosts(id), { host_ids: hosts }),
    removeGroupHosts: (id: string, hosts: readonly string[]) =>
      remove(editOutcomeSchema, ROUTES.groupHosts(id), { host_ids: hosts }),

    owners: (query: ListQuery<typeof ownerListQuerySchema> = {}) =>
      get(ownerListSchema, ROUTES.owners, { query }),
    createOwner: (body: OwnerRequest) => post(ownerSchema, ROUTES.owners, body),
    changeOwner: (id: string, body: OwnerChange) => patch(ownerSchema, ROUTES.owner(id), body),
    removeOwner: (id: string) => remove(ownerSchema, ROUTES.owner(id)),
    setNetworkOwner: (network: string, owner: string | null) =>
      put(networkOwnerSchema, ROUTES.networkOwner(network), { owner }),

    fields: () => get(fieldListSchema, ROUTES.fields),
    createField: (body: FieldRequest) => post(fieldSchema, ROUTES.fields, body),
    changeField: (name: string, body: FieldChange) => patch(fieldSchema, ROUTES.field(name), body),
    removeField: (name: string) => remove(editOutcomeSchema, ROUTES.field(name)),
  };
}
