import { z } from 'zod';
import type { TextFile } from './checkout.ts';
import { finding } from './syntax.ts';

function matches(file: TextFile, pattern: RegExp, sentence: (found: string) => string | undefined): string[] {
  return [...file.text.matchAll(pattern)].flatMap((match) => {
    const text = sentence(match[0]);
    return text === undefined ? [] : [finding(file, match.index, text)];
  });
}

// ── addresses ────────────────────────────────────────────────────────────────────────────────────────────────────

const REGISTRY_HOST =
  /\b(?:registry|deb|security|proxy|repo1?|index|files|static)\.[a-z0-9-]+\.(?:org|com|io|net|dev)\b|\b(?:pypi|crates|npmjs)\.(?:org|io|com)\b/gi;

/** Names of package registries: the registry is configured by the user who installs. */
export function registryHosts(files: readonly TextFile[]): readonly string[] {
  return files.flatMap((file) =>
    matches(file, REGISTRY_HOST, (host) => `names the package registry ${host}`),
  );
}

const ADDRESS_URL =
  /\b(?:https?|wss?|postgres(?:ql)?):\/\/(?:[^\s/@'"`]*@)?(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])/gi;
/** Loopback, the benchmarking range and unique local addresses: see "Where packets may go" in SECURITY.md. */
const HARMLESS_URL = /(?:127(?:\.\d+){3}|198\.1[89](?:\.\d+){2}|\[::1\]|\[f[cd][0-9a-f:]+\])$/i;

export function foreignAddressUrls(files: readonly TextFile[]): readonly string[] {
  return files.flatMap((file) =>
    matches(file, ADDRESS_URL, (url) =>
      HARMLESS_URL.test(url) ? undefined : `${url} may belong to a real host`,
    ),
  );
}

/** Download addresses in a lock file: it would work only where that registry can be reached. */
export function lockedDownloads(files: readonly TextFile[]): readonly string[] {
  return files
    .filter(({ path }) => /(^|\/)package-lock\.json$/.test(path))
    .flatMap((file) =>
      matches(file, /"resolved":\s*"[a-z+]*:[^"]*"/g, () => 'the lock file names a download'),
    );
}

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({ optionalDependencies: z.record(z.string(), z.string()).default({}) }),
  ),
});

/** The path at which `dependant` finds the package, searched from its own folder upwards. */
function lockedPath(packages: object, dependant: string, name: string): string | undefined {
  const folders = dependant
    .split('/node_modules/')
    .map((_part, index, all) => all.slice(0, all.length - index));
  const paths = [
    ...folders.map((folder) => `${folder.join('/node_modules/')}/node_modules/${name}`),
    `node_modules/${name}`,
  ];
  return paths.find((path) => path in packages);
}

/**
 * Optional packages that a lock file names but does not contain: they had no such version when it was created.
 * `npm install` ignores this without a message, and `npm ci` refuses the complete lock file.
 */
export function incompleteLocks(files: readonly TextFile[]): readonly string[] {
  return files
    .filter(({ path }) => /(^|\/)package-lock\.json$/.test(path))
    .flatMap((file) => {
      const { packages } = lockFile.parse(JSON.parse(file.text));
      return Object.entries(packages).flatMap(([dependant, { optionalDependencies }]) =>
        Object.keys(optionalDependencies)
          .filter((name) => lockedPath(packages, dependant, name) === undefined)
          .map((name) => `${file.path}: ${dependant} may need ${name}, which is not locked`),
      );
    });
}

// ── dependencies ─────────────────────────────────────────────────────────────────────────────────────────────────

const versions = z.record(z.string(), z.string()).default({});
const manifest = z.object({
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
});

const EXACT = /^(npm:@?[\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/;

function dependenciesOf(file: TextFile): readonly (readonly [name: string, version: string])[] {
  const { dependencies, devDependencies, optionalDependencies } = manifest.parse(JSON.parse(file.text));
  return [dependencies, devDependencies, optionalDependencies].flatMap((group) => Object.entries(group));
}

const manifests = (files: readonly TextFile[]) =>
  files.filter(({ path }) => /(^|\/)package\.json$/.test(path));

export function loosePins(files: readonly TextFile[]): readonly string[] {
  return manifests(files).flatMap((file) =>
    dependenciesOf(file)
      .filter(([, version]) => !EXACT.test(version))
      .map(([name, version]) => `${file.path}: ${name} is not pinned to one version (${version})`),
  );
}

const DEPENDENCIES_DOCUMENT = 'docs/dependencies.md';

/** Differences between the direct dependencies and the table that contains the reason for each. */
export function unexplainedDependencies(files: readonly TextFile[]): readonly string[] {
  const document = files.find(({ path }) => path === DEPENDENCIES_DOCUMENT)?.text ?? '';
  const explained = new Set([...document.matchAll(/^\|\s*`([^`]+)`\s*\|/gm)].map(([, name = '']) => name));
  const used = new Set(manifests(files).flatMap((file) => dependenciesOf(file).map(([name]) => name)));
  return [
    ...[...used]
      .filter((name) => !explained.has(name))
      .map((name) => `${DEPENDENCIES_DOCUMENT}: no line for ${name}`),
    ...[...explained]
      .filter((name) => !used.has(name))
      .map((name) => `${DEPENDENCIES_DOCUMENT}: ${name} is not a dependency`),
  ];
}

// ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────

/** The documents that name the tests of what they describe. */
const GUARDED_DOCUMENTS = ['ARCHITECTURE.md', 'docs/defects-not-repeated.md'];

/**
 * Tests that such a document names and that do not exist. A document names a test as a file in backquotes, followed by
 * the titles of tests in quotation marks.
 */
export function missingGuards(files: readonly TextFile[]): readonly string[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  return files
    .filter(({ path }) => GUARDED_DOCUMENTS.includes(path))
    .flatMap((file) =>
      [...file.text.matchAll(/`([^`\s]+\.test\.tsx?)`((?:[,:]? "[^"]+")*)/g)].flatMap((match) => {
        const [, path = '', titles = ''] = match;
        const text = texts.get(path);
        if (text === undefined) return [finding(file, match.index, `${path} does not exist`)];
        return [...titles.matchAll(/"([^"]+)"/g)].flatMap(([, title = '']) =>
          text.includes(title) ? [] : [finding(file, match.index, `${path} has no test "${title}"`)],
        );
      }),
    );
}

/** Whether the oldest Node.js that the start script accepts differs from `engines`. */
export function startScriptDisagrees(files: readonly TextFile[]): readonly string[] {
  const textOf = (wanted: string) => files.find(({ path }) => path === wanted)?.text ?? '';
  const engines = /"node": ">=([\d.]+)"/.exec(textOf('package.json'))?.[1];
  const script = /^oldest_node=([\d.]+)/m.exec(textOf('scripts/bootstrap.sh'))?.[1];
  if (engines !== undefined && engines === script) return [];
  return [`scripts/bootstrap.sh: accepts Node.js ${script}, package.json requires ${engines}`];
}
