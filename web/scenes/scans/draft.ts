import { MAX_PACKETS_PER_SECOND, type ScanRequest } from '#contract/scan.js';
import { ScanoramaError } from '#domain/error.js';
import type { ScanType } from '#domain/scan-type.js';
import { type Failure, failureOf } from '../../api/failure.ts';
import { formatCount } from '../../format/number.ts';

/** The form as it is typed: every field but a choice and a box is text. */
export interface Draft {
  readonly targets: string;
  readonly ports: string;
  readonly exclude: string;
  readonly name: string;
  readonly rate: string;
  readonly perHostRate: string;
  readonly scanType: ScanType;
  readonly liveHosts: boolean;
}
/** The fields of text. */
export type DraftField = Exclude<keyof Draft, 'scanType' | 'liveHosts'>;
export type DraftFailures = Partial<Record<DraftField, Failure>>;

export const EMPTY_DRAFT: Draft = {
  targets: '',
  ports: '',
  exclude: '',
  name: '',
  rate: '',
  perHostRate: '',
  scanType: 'auto',
  liveHosts: false,
};

/** One per line, comma or space separated: all the ways people paste lists. */
export function wordsOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((word) => word !== '');
}

interface DraftReading {
  /** Absent while there are no targets or a field cannot be read. */
  readonly request: ScanRequest | undefined;
  readonly failures: DraftFailures;
}

/** What the form asks for. Targets and ports are judged by the server, which knows their grammar. */
export function readDraft(draft: Draft): DraftReading {
  const rate = readRate(draft.rate, { allowsMax: true });
  const perHostRate = readRate(draft.perHostRate, { allowsMax: false });
  const failures: DraftFailures = {
    ...('failure' in rate ? { rate: rate.failure } : {}),
    ...('failure' in perHostRate ? { perHostRate: perHostRate.failure } : {}),
  };
  const targets = wordsOf(draft.targets);
  const exclude = wordsOf(draft.exclude);
  if (targets.length === 0 || 'failure' in rate || 'failure' in perHostRate)
    return { request: undefined, failures };
  const ports = draft.ports.trim();
  const name = draft.name.trim();
  const request: ScanRequest = {
    targets,
    ...(exclude.length > 0 ? { exclude } : {}),
    ...(ports === '' ? {} : { ports }),
    ...(name === '' ? {} : { name }),
    ...(rate.value === undefined ? {} : { rate: rate.value }),
    ...(typeof perHostRate.value === 'number' ? { per_host_rate: perHostRate.value } : {}),
    ...(draft.scanType === 'auto' ? {} : { scan_type: draft.scanType }),
    ...(draft.liveHosts ? { live_hosts: true } : {}),
  };
  return { request, failures };
}

type Rate = { readonly value: number | 'max' | undefined } | { readonly failure: Failure };

function readRate(text: string, { allowsMax }: { allowsMax: boolean }): Rate {
  const word = text.trim().toLowerCase();
  if (word === '') return { value: undefined };
  if (word === 'max' && allowsMax) return { value: 'max' };
  const number = /^\d[\d,]*$/.test(word) ? Number(word.replaceAll(',', '')) : Number.NaN;
  if (number >= 1 && number <= MAX_PACKETS_PER_SECOND) return { value: number };
  const most = formatCount(MAX_PACKETS_PER_SECOND);
  return { failure: { sentence: `A whole number from 1 to ${most}${allowsMax ? ', or max' : ''}.` } };
}

const FIELD_OF_CODE: Readonly<Partial<Record<ScanoramaError['code'], DraftField>>> = {
  invalid_target: 'targets',
  target_refused: 'targets',
  target_empty: 'targets',
  name_not_resolved: 'targets',
  scan_too_large: 'targets',
  invalid_ports: 'ports',
};
const FIELD_OF_NAME: Readonly<Record<string, DraftField>> = {
  targets: 'targets',
  ports: 'ports',
  exclude: 'exclude',
  name: 'name',
  rate: 'rate',
  per_host_rate: 'perHostRate',
};

/** The field that an API error is about; undefined when it is about the whole. */
export function fieldOf(error: unknown, draft: Draft): DraftField | undefined {
  if (!(error instanceof ScanoramaError)) return undefined;
  const field = FIELD_OF_CODE[error.code];
  if (field === 'targets' && error.at !== undefined) {
    const isExcluded =
      wordsOf(draft.exclude).includes(error.at) && !wordsOf(draft.targets).includes(error.at);
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
