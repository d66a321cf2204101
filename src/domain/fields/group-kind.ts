/** How a group knows its members: they are listed, or whatever matches a rule when it is asked for. */
export const GROUP_KINDS = ['static', 'rule'] as const;
export type GroupKind = (typeof GROUP_KINDS)[number];
