import { parseSync } from 'vite';
import type { TextFile } from './checkout.ts';

/** A node of the syntax tree; its other properties depend on its type. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

interface Syntax {
  /** Every node of the file, a parent before its children. */
  readonly nodes: readonly Node[];
  readonly comments: readonly { readonly value: string; readonly start: number }[];
}

const parsed = new WeakMap<TextFile, Syntax>();

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Throws if the file is not valid TypeScript: a file that cannot be parsed must not pass a rule. */
export function syntaxOf(file: TextFile): Syntax {
  const known = parsed.get(file);
  if (known !== undefined) return known;
  const { program, comments, errors } = parseSync(file.path, file.text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${file.path}: ${error.message}`);
  const syntax = { nodes: flatten(program), comments };
  parsed.set(file, syntax);
  return syntax;
}

function flatten(root: unknown): readonly Node[] {
  const nodes: Node[] = [];
  const visit = (value: unknown) => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (isNode(value)) {
      nodes.push(value);
      for (const key of Object.keys(value)) visit(value[key]);
    }
  };
  visit(root);
  return nodes;
}

/** One finding as `path:line: sentence`, which people and editors can read. */
export function finding(file: TextFile, at: number, sentence: string): string {
  return `${file.path}:${file.text.slice(0, at).split('\n').length}: ${sentence}`;
}

/** The name of an identifier, or of a property that is a plain name or a string. */
export function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'Identifier' && typeof node['name'] === 'string') return node['name'];
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  return undefined;
}

/** The names on both sides of `a.b` or `a['b']`; undefined where a side is not a plain name. */
export function memberOf(
  node: unknown,
): { object: string | undefined; property: string | undefined } | undefined {
  if (!isNode(node) || node.type !== 'MemberExpression') return undefined;
  return { object: nameOf(node['object']), property: nameOf(node['property']) };
}
