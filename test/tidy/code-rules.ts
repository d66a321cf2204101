import { isSource, isTestFile, type TextFile } from './checkout.ts';
import { importsOf, moduleOf } from './imports.ts';
import { finding, isNode, memberOf, type Node, nameOf, syntaxOf } from './syntax.ts';

/** A rule takes every file of the checkout and returns one line for each violation. */
export type Rule = (files: readonly TextFile[]) => readonly string[];

/** The reason of each known exception, by path. An exception that is no longer needed is a violation itself. */
export type Exceptions = Readonly<Record<string, string>>;

/** A rule over the nodes of each file that `applies` selects; `judge` returns a sentence for each violation. */
function nodeRule(
  applies: (file: TextFile) => boolean,
  judge: (node: Node, file: TextFile) => string | undefined,
): Rule {
  return (files) =>
    files.filter(applies).flatMap((file) =>
      syntaxOf(file).nodes.flatMap((node) => {
        const sentence = judge(node, file);
        return sentence === undefined ? [] : [finding(file, node.start, sentence)];
      }),
    );
}

/** The same rule without the excepted files. An exception for a file that does not violate the rule is reported. */
function excepting(rule: Rule, exceptions: Exceptions): Rule {
  return (files) => {
    const excepted = files.filter(({ path }) => exceptions[path] !== undefined);
    const idle = excepted.filter((file) => rule([file]).length === 0);
    return [
      ...rule(files.filter((file) => !excepted.includes(file))),
      ...idle.map(({ path }) => `${path}: no longer needs its exception`),
    ];
  };
}

const inModules = ({ path }: TextFile) => isSource(path) && moduleOf(path) !== undefined;

// ── SQL ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const DATABASE_PACKAGES = /^(kysely|pg|pg-copy-streams|pg-cursor|pg-query-stream)(\/|$)/;
const QUERY_BUILDERS = new Set(['selectFrom', 'insertInto', 'updateTable', 'deleteFrom']);
const LOUD_SQL = /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b/;
const LOWERCASE_SQL = /^\s*(select\s.+\sfrom\s|insert into\s|update\s+[\w".]+\s+set\s|delete from\s)/s;

/** The text of a string literal or of one part of a template; undefined for any other node. */
function literalText(node: Node): string | undefined {
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  if (node.type !== 'TemplateElement') return undefined;
  const value = node['value'];
  return typeof value === 'object' && value !== null && 'raw' in value ? String(value.raw) : undefined;
}

function speaksSql(node: Node): string | undefined {
  if (node.type === 'TaggedTemplateExpression' && nameOf(node['tag']) === 'sql') return 'an sql`…` template';
  if (node.type === 'CallExpression') {
    const method = memberOf(node['callee'])?.property ?? '';
    return QUERY_BUILDERS.has(method) ? `a query built with ${method}()` : undefined;
  }
  const text = literalText(node);
  return text !== undefined && (LOUD_SQL.test(text) || LOWERCASE_SQL.test(text))
    ? 'SQL in a string'
    : undefined;
}

const outsideStore = (file: TextFile) => inModules(file) && moduleOf(file.path) !== 'store';

export const sqlOutsideStore: Rule = excepting(
  (files) => [
    ...nodeRule(outsideStore, (node) => {
      const what = speaksSql(node);
      return what === undefined ? undefined : `${what}: only store knows SQL`;
    })(files),
    ...files.filter(outsideStore).flatMap((file) =>
      importsOf(file)
        .filter(({ specifier }) => DATABASE_PACKAGES.test(specifier))
        .map(({ specifier, at }) => finding(file, at, `imports ${specifier}: only store knows SQL`)),
    ),
  ],
  {
    'src/postgres/use/presence.ts':
      'holds the advisory lock that shows which programs use the embedded server',
  },
);

// ── the environment ──────────────────────────────────────────────────────────────────────────────────────────────

export const environmentReads: Rule = nodeRule(
  ({ path }) =>
    /^(src|web|bin)\//.test(path) && isSource(path) && !isTestFile(path) && moduleOf(path) !== 'config',
  (node) => {
    const member = memberOf(node);
    const isRead =
      (member?.object === 'process' && member.property === 'env') ||
      (node.type === 'ImportSpecifier' && nameOf(node['imported']) === 'env') ||
      (node.type === 'VariableDeclarator' && nameOf(node['init']) === 'process' && destructures(node, 'env'));
    return isRead ? 'only config reads the environment' : undefined;
  },
);

function destructures(node: Node, name: string): boolean {
  const pattern = node['id'];
  if (!isNode(pattern) || !Array.isArray(pattern['properties'])) return false;
  return pattern['properties'].some((property) => isNode(property) && nameOf(property['key']) === name);
}

// ── node:http ────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * An import reads every name of `node:http`, which also loads Node's own fetch: 40 ms of processor time at each start,
 * of 260 that a command took. `process.getBuiltinModule('node:http')` takes 4.
 */
export const importedHttp: Rule = nodeRule(
  (file) => inModules(file) && !isTestFile(file.path),
  (node) =>
    node.type === 'ImportDeclaration' &&
    node['importKind'] !== 'type' &&
    /^(node:)?http$/.test(nameOf(node['source']) ?? '')
      ? 'imports node:http, and fetch with it: use process.getBuiltinModule, which loads only node:http'
      : undefined,
);

// ── forced types, default exports, names ─────────────────────────────────────────────────────────────────────────

export const defaultExports: Rule = nodeRule(
  ({ path }) => isSource(path) && !path.endsWith('.config.ts'),
  (node) => {
    const isDefault =
      node.type === 'ExportDefaultDeclaration' ||
      (node.type === 'ExportSpecifier' && nameOf(node['exported']) === 'default');
    return isDefault ? 'no default exports' : undefined;
  },
);

const isUnknown = (type: unknown) => isNode(type) && type.type === 'TSUnknownKeyword';

function forces(node: Node): string | undefined {
  if (node.type === 'TSAnyKeyword') return 'the type any';
  if (node.type === 'TSNonNullExpression') return 'a non-null assertion';
  const inner = node.type === 'TSAsExpression' ? node['expression'] : undefined;
  if (!isNode(inner)) return undefined;
  const innermost = inner.type === 'ParenthesizedExpression' ? inner['expression'] : inner;
  const viaUnknown =
    isNode(innermost) && innermost.type === 'TSAsExpression' && isUnknown(innermost['typeAnnotation']);
  return viaUnknown ? 'a type forced through unknown' : undefined;
}

const forcedBySyntax = nodeRule(({ path }) => isSource(path), forces);

const SILENCERS = /@ts-(ignore|nocheck)\b/;

export const forcedTypes: Rule = (files) => [
  ...forcedBySyntax(files),
  ...files
    .filter(({ path }) => isSource(path))
    .flatMap((file) =>
      syntaxOf(file)
        .comments.filter(({ value }) => SILENCERS.test(value))
        .map(({ start }) => finding(file, start, 'a comment that disables the type checker')),
    ),
];

const DRAWERS = new Set(['util', 'utils', 'utility', 'utilities', 'helper', 'helpers', 'common', 'misc']);

/** Files and folders with a catch-all name that does not describe their content. */
export const drawers: Rule = (files) =>
  files
    .filter(({ path }) => isSource(path))
    .filter(({ path }) => path.split(/[/.-]/).some((word) => DRAWERS.has(word.toLowerCase())))
    .map(({ path }) => `${path}: a catch-all name; name it after its content`);

const LINES_MAX = 400;

export const longFiles: Rule = (files) =>
  files
    .filter(({ path }) => isSource(path) || /^(scripts|web)\/.*\.(sh|css)$/.test(path))
    .map((file) => ({ path: file.path, lines: file.text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > LINES_MAX)
    .map(({ path, lines }) => `${path}: ${lines} lines, of at most ${LINES_MAX}`);

// ── tests ────────────────────────────────────────────────────────────────────────────────────────────────────────

const RUNNERS = new Set(['test', 'it', 'describe']);
const SWITCHES = new Set(['only', 'skip', 'todo']);

/** Tests that are switched off by hand. To skip a test, use `skipIf` with a reason. */
export const switchedOffTests: Rule = nodeRule(
  ({ path }) => isTestFile(path),
  (node) => {
    const { object = '', property = '' } = memberOf(node) ?? {};
    return RUNNERS.has(object) && SWITCHES.has(property) ? `${object}.${property} in a test` : undefined;
  },
);

// ── status codes ─────────────────────────────────────────────────────────────────────────────────────────────────

function isStatusCode(node: unknown): boolean {
  if (!isNode(node) || node.type !== 'Literal') return false;
  const value = node['value'];
  return typeof value === 'number' && value >= 100 && value <= 599;
}

function isStatusMember(node: unknown): boolean {
  return memberOf(node)?.property === 'status' || nameOf(node) === 'status';
}

function knowsStatus(node: Node): boolean {
  const property = memberOf(node)?.property;
  if (property === 'statusCode') return true;
  if (node.type === 'CallExpression') {
    const callee = memberOf(node['callee']);
    const [first] = Array.isArray(node['arguments']) ? node['arguments'] : [];
    const isSetter = callee?.property === 'status' || callee?.property === 'code';
    return isSetter && (isStatusCode(first) || callee.object === 'reply');
  }
  if (node.type === 'BinaryExpression') {
    const { left, right } = node;
    return (isStatusMember(left) && isStatusCode(right)) || (isStatusMember(right) && isStatusCode(left));
  }
  const names = ['http', 'status', 'statusCode'];
  return node.type === 'Property' && names.includes(nameOf(node['key']) ?? '') && isStatusCode(node['value']);
}

export const statusCodesOutsideApi: Rule = excepting(
  nodeRule(
    (file) => inModules(file) && !isTestFile(file.path) && moduleOf(file.path) !== 'api',
    (node) => (knowsStatus(node) ? 'only api knows status codes' : undefined),
  ),
  {
    'src/domain/errors/error.ts': 'the catalog of errors contains the status code of each',
    'src/contract/api/client.ts': 'distinguishes a result from an error',
    'src/app/transport.ts': 'passes the status code of a response to the client without reading it',
  },
);
