import { posix } from 'node:path';
import { isSource, isTestFile, type TextFile } from './checkout.ts';
import { finding, nameOf, syntaxOf } from './syntax.ts';

interface Import {
  readonly specifier: string;
  readonly at: number;
}

const IMPORTING = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]);

/** Every module that the file names: imports, re-exports, `import()` and types by `import('…')`. */
export function importsOf(file: TextFile): readonly Import[] {
  return syntaxOf(file).nodes.flatMap((node) => {
    const specifier = IMPORTING.has(node.type) ? nameOf(node['source'] ?? node['argument']) : undefined;
    return specifier === undefined ? [] : [{ specifier, at: node.start }];
  });
}

/** The path that one of our own specifiers stands for, with any ending; undefined for a package. */
function targetOf(importer: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return `src/${specifier.slice(1)}`;
  return specifier.startsWith('.') ? posix.join(posix.dirname(importer), specifier) : undefined;
}

/** The folder of `src/` or of `src/net/`, or `web`; undefined for files outside modules, such as `test/`. */
export function moduleOf(path: string): string | undefined {
  const [top, second, third] = path.split('/');
  if (top === 'web') return 'web';
  if (top !== 'src') return undefined;
  return second === 'net' ? `net/${third}` : second;
}

function arrowViolations(file: TextFile, allowed: ReadonlySet<string>): string[] {
  return importsOf(file).flatMap(({ specifier, at }) => {
    const target = targetOf(file.path, specifier);
    if (target === undefined) return [];
    const to = moduleOf(target) ?? target.split('/')[0] ?? target;
    if (allowed.has(to)) return [];
    return [finding(file, at, `${moduleOf(file.path)} may not import ${to} (${specifier})`)];
  });
}

/** Imports that the table of modules does not allow. A test next to its source may also import from `test/`. */
export function moduleViolations(
  files: readonly TextFile[],
  modules: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  return files
    .filter(({ path }) => isSource(path))
    .flatMap((file) => {
      const module = moduleOf(file.path);
      if (module === undefined) return [];
      const imports = modules[module];
      if (imports === undefined) return [`${file.path}: ${module} is not a module of test/tidy/modules.ts`];
      const allowed = new Set([module, ...imports]);
      return arrowViolations(file, isTestFile(file.path) ? allowed.add('test') : allowed);
    });
}

const ENDINGS = ['', '.ts', '.tsx', '/index.ts'];

function resolve(target: string, paths: ReadonlySet<string>): string | undefined {
  const bare = target.replace(/\.jsx?$/, '');
  return [target, ...ENDINGS.map((ending) => bare + ending)].find((path) => paths.has(path));
}

/** Groups of files that import each other in a cycle, including types; each as one line. */
export function importCycles(files: readonly TextFile[]): readonly string[] {
  const sources = files.filter(({ path }) => isSource(path));
  const paths = new Set(sources.map(({ path }) => path));
  const arrows = new Map(
    sources.map((file) => {
      const targets = importsOf(file).map(({ specifier }) => targetOf(file.path, specifier) ?? '');
      return [file.path, targets.flatMap((target) => resolve(target, paths) ?? [])] as const;
    }),
  );
  return circles(arrows).map((circle) => `these files import each other in a cycle: ${circle.join(', ')}`);
}

/** Tarjan's strongly connected components, without single nodes that have no arrow to themselves. */
export function circles(arrows: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): number => {
    const number = order.size;
    order.set(node, number);
    open.push(node);
    let low = number;
    for (const next of arrows.get(node) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (open.includes(next)) low = Math.min(low, order.get(next) ?? number);
    }
    if (low === number) {
      const circle = open.splice(open.indexOf(node));
      if (circle.length > 1 || arrows.get(node)?.includes(node)) found.push(circle.toSorted());
    }
    return low;
  };
  for (const node of arrows.keys()) if (!order.has(node)) visit(node);
  return found;
}
