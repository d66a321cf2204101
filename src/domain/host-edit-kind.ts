/** What people say of a host, as `host_edits` keeps who said it. */
export const HOST_EDIT_KINDS = ['tag', 'group', 'owner', 'field', 'note'] as const;
export type HostEditKind = (typeof HOST_EDIT_KINDS)[number];

/** The same as changes of a host name it: a field with its name, as filters do. */
export type HostEditFact = Exclude<HostEditKind, 'field'> | `field.${string}`;
