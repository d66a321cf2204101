import type { HostFact } from '#domain/hosts/host-fact.js';

/** What people say of a host, and what stands of it in tables of its own. */
export const ANNOTATION_KINDS = ['tag', 'group', 'owner', 'field', 'note'] as const;
export type AnnotationKind = (typeof ANNOTATION_KINDS)[number];

/** What is defined once for all hosts, and removed with all that hosts have of it. */
export const LABEL_KINDS = ['tag', 'group', 'field'] as const satisfies readonly AnnotationKind[];
export type LabelKind = (typeof LABEL_KINDS)[number];

/** Facts of a host that people set. History keeps them as well, for lists as of an instant. */
export const EDITED_FACTS = [
  'custom_name',
  'ignored',
  'down_after_misses',
  'gone_after_days',
] as const satisfies readonly HostFact[];
export type EditedFact = (typeof EDITED_FACTS)[number];

/** What `host_edits` keeps who said it. */
export const HOST_EDIT_KINDS = [...ANNOTATION_KINDS, ...EDITED_FACTS] as const;

/** What is said beside the facts of history, as changes of a host name it: a field with its name, as filters do. */
export type HostEditFact = Exclude<AnnotationKind, 'field'> | `field.${string}`;
