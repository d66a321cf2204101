/** What is known of a host's presence. A host row exists only on evidence, so its first status is `up`. */
export const HOST_STATUSES = ['up', 'down', 'unknown', 'gone'] as const;
export type HostStatus = (typeof HOST_STATUSES)[number];

/** Whether lists have hosts that are ignored: not, too, or nothing else. */
export const IGNORED_CHOICES = ['without', 'with', 'only'] as const;
export type IgnoredChoice = (typeof IGNORED_CHOICES)[number];
