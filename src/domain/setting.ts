import type { RetentionKind } from '#domain/retention.js';

/** What can be set for the whole installation. The table `settings` has the same words. */
export const SETTING_NAMES = [
  'retention.port_scans',
  'retention.coverage',
  'retention.history',
  'retention.events',
] as const;
export type SettingName = (typeof SETTING_NAMES)[number];

export interface SettingFacts {
  readonly kind: RetentionKind;
  readonly description: string;
  /** What holds while nothing was set. */
  readonly fallback: string;
}

/**
 * Observations are kept for ever unless somebody decides otherwise: a product that promises to lose none must not lose
 * one because nobody knew of a setting. Events repeat what scans and history tell, and grow with every batch.
 */
export const SETTINGS: Readonly<Record<SettingName, SettingFacts>> = {
  'retention.port_scans': {
    kind: 'port_scans',
    description: 'Open ports as each scan saw them. Whole months (UTC) go, and their totals stay.',
    fallback: 'forever',
  },
  'retention.coverage': {
    kind: 'coverage',
    description:
      'Closed, filtered and silent ports of scans that ended before. What arrives late, such as an old report, is not held against them any more.',
    fallback: 'forever',
  },
  'retention.history': {
    kind: 'history',
    description:
      'Changes of hosts and ports. The newest of each is kept, whatever its age, and since when it is known.',
    fallback: 'forever',
  },
  'retention.events': {
    kind: 'events',
    description: 'The log of what happened to scans, from which others are told.',
    fallback: '90 days',
  },
};
