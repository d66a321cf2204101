import type { ScanRequest } from '#contract/scans/scan.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import { type Failure, failureOf } from '../../api/failure.ts';
import { namesIn } from '../../format/names-in.ts';
import {
  EMPTY_SETTINGS,
  type GivenSettings,
  NUMBER_SETTINGS,
  type NumberSetting,
  readSettings,
  type SettingDraft,
  withNulls,
} from '../../settings/setting-draft.ts';

/** The form as it is typed. */
export interface Draft extends SettingDraft {
  readonly targets: string;
  readonly exclude: string;
  readonly name: string;
  /** With commas between. */
  readonly tags: string;
  readonly site: string;
  /** An administrator says that the scope of the site does not count. */
  readonly outsideScope: boolean;
  /** The id of the profile that filled the settings in; empty for none. */
  readonly profile: string;
}
/** The fields that are of the scan alone. */
export type DraftField = 'exclude' | 'name' | 'tags';
type FailingField = DraftField | NumberSetting | 'targets' | 'ports';
export type DraftFailures = Partial<Record<FailingField, Failure>>;

export const EMPTY_DRAFT: Draft = {
  ...EMPTY_SETTINGS,
  targets: '',
  exclude: '',
  name: '',
  tags: '',
  site: DEFAULT_SITE,
  outsideScope: false,
  profile: '',
};

/** One per line, comma or space separated: all the ways people paste lists. */
export function textsOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((raw) => raw !== '');
}

interface DraftReading {
  /** Absent while there are no targets or a field cannot be read. */
  readonly request: ScanRequest | undefined;
  readonly failures: DraftFailures;
}

/** What the form asks for. Targets and ports are judged by the server, which knows their grammar. */
export function readDraft(draft: Draft): DraftReading {
  const { given, failures } = readSettings(draft);
  const targets = textsOf(draft.targets);
  const exclude = textsOf(draft.exclude);
  if (targets.length === 0 || Object.keys(failures).length > 0) return { request: undefined, failures };
  const name = draft.name.trim();
  const tags = namesIn(draft.tags);
  const request: ScanRequest = {
    targets,
    ...(exclude.length > 0 ? { exclude } : {}),
    ...(name === '' ? {} : { name }),
    ...(tags.length > 0 ? { tags: [...tags] } : {}),
    ...(draft.site === DEFAULT_SITE ? {} : { site: draft.site }),
    ...(draft.outsideScope ? { outside_scope: true } : {}),
    ...(draft.profile === '' ? unusual(given) : { profile: draft.profile, ...withNulls(given) }),
  };
  return { request, failures };
}

/** Without what is the program's own way, so that its gentle defaults hold. */
function unusual({ scan_type: scanType, live_hosts: liveHosts, ...given }: GivenSettings): GivenSettings {
  return {
    ...given,
    ...(scanType === 'auto' ? {} : { scan_type: scanType }),
    ...(liveHosts === true ? { live_hosts: true } : {}),
  };
}

const FIELD_OF_CODE: Readonly<Partial<Record<ScanoramaError['code'], FailingField>>> = {
  invalid_target: 'targets',
  target_refused: 'targets',
  target_empty: 'targets',
  name_not_resolved: 'targets',
  scan_too_large: 'targets',
  invalid_ports: 'ports',
};
const FIELD_OF_NAME: Readonly<Record<string, FailingField>> = {
  targets: 'targets',
  ports: 'ports',
  exclude: 'exclude',
  name: 'name',
  tag: 'tags',
  tags: 'tags',
  [NUMBER_SETTINGS.rate.term]: 'rate',
  [NUMBER_SETTINGS.perHostRate.term]: 'perHostRate',
  [NUMBER_SETTINGS.retries.term]: 'retries',
  [NUMBER_SETTINGS.timeoutMs.term]: 'timeoutMs',
  [NUMBER_SETTINGS.concurrency.term]: 'concurrency',
  [NUMBER_SETTINGS.versionIntensity.term]: 'versionIntensity',
};

/** The field that an API error is about; undefined when it is about the whole. */
export function fieldOf(error: unknown, draft: Draft): FailingField | undefined {
  if (!(error instanceof ScanoramaError)) return undefined;
  const field = FIELD_OF_CODE[error.code];
  if (field === 'targets' && error.at !== undefined) {
    const isExcluded =
      textsOf(draft.exclude).includes(error.at) && !textsOf(draft.targets).includes(error.at);
    return isExcluded ? 'exclude' : 'targets';
  }
  if (field !== undefined) return field;
  const path = error.at?.split(/[^\w]+/) ?? [];
  return path.map((part) => FIELD_OF_NAME[part]).find((known) => known !== undefined);
}

/** Failures by field, and the one that belongs to none. */
export function placeFailure(error: unknown, draft: Draft): { fields: DraftFailures; form?: Failure } {
  if (error === null || error === undefined) return { fields: {} };
  const field = fieldOf(error, draft);
  return field === undefined
    ? { fields: {}, form: failureOf(error) }
    : { fields: { [field]: failureOf(error) } };
}
