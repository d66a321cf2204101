import { commaListOf } from '#cli/arguments/flag-parsers.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import { checkLabelName, type LabelNoun } from '#domain/fields/label-name.js';

/** The names behind a flag that takes several; undefined where it was not given. */
export function labelsOf(noun: LabelNoun, flags: FlagValues, flag: string): string[] | undefined {
  const names = commaListOf(flag, flags.list(flag)).map((name) => checkLabelName(noun, name));
  return names.length === 0 ? undefined : names;
}

/** What a scan or a discovery run has from the start. */
export const START_TAG_FLAG = {
  flags: '--tag <names>',
  help: 'tags that it has from the start, with commas between; a new one is made',
  repeat: true,
} as const;

export function startTagsOf(flags: FlagValues): { tags?: string[] } {
  const tags = labelsOf('tag', flags, 'tag');
  return tags === undefined ? {} : { tags };
}
