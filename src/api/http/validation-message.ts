import type { z } from 'zod';
import { clip, quote } from '#domain/text/quote.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];
export type RequestPart = 'body' | 'query';

/** What is wrong with a request, as a person would say it, and where. */
export interface IssueDescription {
  readonly sentence: string;
  readonly path: Path;
}

export function pathText(path: Path): string {
  return path.map(String).join('.');
}

export function describeIssue(issue: Issue, data: unknown, part: RequestPart): IssueDescription {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) return describeUnion(issue, data, part);
  if (issue.code === 'unrecognized_keys') {
    const path = [...issue.path, issue.keys[0] ?? ''];
    return {
      sentence: `There is no ${part === 'body' ? 'field' : 'parameter'} ${quote(pathText(path))}.`,
      path,
    };
  }
  const value = valueAt(data, issue.path);
  if (issue.path.length === 0) return { sentence: rootSentence(value), path: [] };
  const subject = `"${clip(pathText(issue.path))}"`;
  const sentence =
    value === undefined
      ? `${subject} is missing.`
      : `${subject} must ${demandOf(issue)}${butIs(issue, value)}.`;
  return { sentence, path: issue.path };
}

function rootSentence(value: unknown): string {
  return value === null || value === undefined
    ? 'The request has no body, and this one needs a JSON object.'
    : `The body must be a JSON object, not ${kindOf(value)}.`;
}

/** What a value has to do or be; goes on from "must". */
function demandOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `be ${TYPE_TEXTS[issue.expected] ?? 'something else'}`;
    case 'invalid_value':
      return isYesOrNo(issue) ? 'be true or false' : `be ${oneOf(issue.values.map(String))}`;
    case 'too_small':
      return atLeast(issue);
    case 'too_big':
      return atMost(issue);
    case 'invalid_format':
      return `be ${FORMAT_TEXTS[issue.format] ?? 'written in another form'}`;
    default:
      return 'have a valid value';
  }
}

/** A flag in a query is text; the words it may be are listed by zod as if they were choices. */
function isYesOrNo(issue: Issue): boolean {
  return 'expected' in issue && issue.expected === 'stringbool';
}

const TYPE_TEXTS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

const FORMAT_TEXTS: Readonly<Record<string, string>> = {
  guid: 'an id such as 01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47',
  datetime: 'a time such as 2030-01-31T12:00:00Z',
};

function atLeast({ origin, minimum }: z.core.$ZodIssueTooSmall): string {
  if (origin !== 'string' && origin !== 'array') return `be at least ${grouped(minimum)}`;
  if (Number(minimum) === 1) return 'not be empty';
  return `have at least ${grouped(minimum)} ${origin === 'string' ? 'characters' : 'items'}`;
}

function atMost({ origin, maximum }: z.core.$ZodIssueTooBig): string {
  if (origin !== 'string' && origin !== 'array') return `be at most ${grouped(maximum)}`;
  return `have at most ${grouped(maximum)} ${origin === 'string' ? 'characters' : 'items'}`;
}

function grouped(value: number | bigint): string {
  return value.toLocaleString('en');
}

function oneOf(names: readonly string[]): string {
  return names.length === 1 ? quote(names[0] ?? '') : `one of ${names.map(clip).join(', ')}`;
}

/** Says what was given instead, where that helps; sizes are said by the demand already. */
function butIs(issue: Issue, value: unknown): string {
  const helps =
    issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_format';
  return helps ? `, not ${kindOf(value)}` : '';
}

function kindOf(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return Object.getOwnPropertyDescriptor(value, key)?.value;
  }, data);
}

/**
 * A value that has none of several forms: the form it comes close to is described if there is one,
 * else all of them together.
 */
function describeUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  data: unknown,
  part: RequestPart,
): IssueDescription {
  const firsts = issue.errors.flatMap((branch) => branch.slice(0, 1));
  const close = firsts.find((first) => isClose(first, valueAt(data, [...issue.path, ...first.path])));
  if (close !== undefined)
    return describeIssue({ ...close, path: [...issue.path, ...close.path] }, data, part);
  const fields = [...new Set(firsts.flatMap(fieldsOf))];
  if (fields.length > 0)
    return { sentence: `The body must have either ${fields.map(quote).join(' or ')}.`, path: issue.path };
  const subject = issue.path.length === 0 ? 'The body' : `"${clip(pathText(issue.path))}"`;
  const demands = firsts.map(demandOf).join(' or ');
  return {
    sentence: `${subject} must ${demands}, not ${kindOf(valueAt(data, issue.path))}.`,
    path: issue.path,
  };
}

function isClose(issue: Issue, value: unknown): boolean {
  if (issue.code === 'unrecognized_keys' || value === undefined) return false;
  return issue.path.length > 0 || (issue.code !== 'invalid_type' && issue.code !== 'invalid_value');
}

function fieldsOf(issue: Issue): readonly string[] {
  return issue.code === 'unrecognized_keys' ? issue.keys : issue.path.slice(0, 1).map(String);
}
