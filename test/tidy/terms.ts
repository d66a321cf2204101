import type { TextFile } from './checkout.ts';
import { finding } from './syntax.ts';

/**
 * Words that this code base used in a sense of its own, and the standard terms of docs/glossary.md that replaced them.
 * A word is looked for in prose, in strings and as a part of an identifier: `isAsked` and `asked_at` contain `asked`.
 */
const RETIRED: Readonly<Record<string, string>> = {
  ask: 'probe, query or request',
  asks: 'probes, queries or requests',
  asked: 'probed, queried or requested',
  asking: 'probing, querying or requesting',
  tell: 'report, notify, send, show or return',
  tells: 'reports, notifies, sends, shows or returns',
  told: 'reported, notified, sent, shown or returned',
  telling: 'reporting',
  say: 'specify, state, set, contain or report',
  says: 'specifies, states, sets, contains or reports',
  said: 'specified, stated, set, contained or reported',
  saying: 'specifying or stating',
  wish: 'request, input or options',
  wishes: 'requests, input or options',
  wished: 'requested',
  nobody: '"unauthenticated", "no one else", or the passive',
  somebody: '"the caller", "a user", or the passive',
  someone: '"the caller", "a user", or the passive',
  everybody: '"all users", or the passive',
  anybody: '"any user", or the passive',
  whoever: '"the caller", "the process that", or the passive',
  sweep: 'discovery run',
  sweeps: 'discovery runs',
  sighting: 'observation',
  sightings: 'observations',
  collector: 'enricher',
  collectors: 'enrichers',
  grace: 'down_after_misses, or a timeout',
  remark: 'warning',
  remarks: 'warnings',
  maker: 'created_by',
  scene: 'page',
  scenes: 'pages',
  room: 'module, or space',
  rooms: 'modules',
  deed: 'edit or action',
  deeds: 'edits or actions',
  colour: 'color',
  colours: 'colors',
  coloured: 'colored',
  moment: 'time',
  moments: 'times',
  instant: 'time',
  instants: 'times',
  ground: 'scope',
  gentle: 'default rate',
  settle: 'commit or complete',
  settles: 'commits or completes',
  settled: 'committed or complete',
  tidy: 'retention',
  tidied: 'removed',
  quiet: 'idle',
  silent: 'unresponsive',
  silence: 'no response',
  news: 'events',
};

/** The same for words that are wrong only together. */
const RETIRED_PHRASES: Readonly<Record<string, string>> = {
  'when absent': '(default: …)',
  'when left out': '(default: …)',
  'held against': 'checked against or overridden by',
  'hold against': 'check against or override',
  'way of scanning': 'profile',
  'left out': 'excluded, skipped or omitted',
  'done for': 'complete',
};

interface Exception {
  readonly term: string;
  /** What the line contains where the word is right. */
  readonly line: RegExp;
  readonly reason: string;
}

const EXCEPTIONS: readonly Exception[] = [
  { term: 'settled', line: /allSettled|PromiseSettled/, reason: 'the name in ECMAScript' },
  { term: 'tidy', line: /test\/tidy|'tidy'/, reason: 'the folder of the tests that hold the style' },
  {
    term: 'silent',
    line: /createLog\('silent'|'silent'|`silent`|naabu/,
    reason: 'a log level of pino, an option of naabu',
  },
  { term: 'collector', line: /garbage collector|logging_collector/, reason: 'V8, PostgreSQL' },
  { term: 'quiet', line: /--quiet|\bquiet: true|'-q'/, reason: 'an option of other programs' },
  { term: 'wish', line: /TeX|wish list/, reason: 'a proper name' },
];

/** Files that quote retired words on purpose, or that no one here wrote. */
const NOT_READ =
  /(^|\/)package-lock\.json$|^LICENSE$|^docs\/glossary\.md$|^test\/tidy\/terms(\.test)?\.ts$|^bench\/results\/|^migrations\/upgrade\//;

/** `numericId` is `numeric id`, `HTTPServer` is `http server`, `as_of` is `as of`. */
export function wordsOf(line: string): readonly string[] {
  return line
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}

function retiredIn(line: string): readonly (readonly [string, string])[] {
  const words = wordsOf(line);
  const prose = ` ${words.join(' ')} `;
  const single = words
    .filter((word) => Object.hasOwn(RETIRED, word))
    .map((word) => [word, RETIRED[word]] as const);
  const phrases = Object.entries(RETIRED_PHRASES).filter(([phrase]) => prose.includes(` ${phrase} `));
  return [...single, ...phrases].flatMap(([term, instead]) =>
    instead === undefined || EXCEPTIONS.some((one) => one.term === term && one.line.test(line))
      ? []
      : [[term, instead] as const],
  );
}

/** Each retired term in the text and in the path of each file, with what to write instead. */
export function retiredTerms(files: readonly TextFile[]): readonly string[] {
  return files
    .filter(({ path }) => !NOT_READ.test(path))
    .flatMap((file) => [
      ...retiredIn(file.path).map(
        ([term, instead]) => `${file.path}: the path contains "${term}"; write ${instead}`,
      ),
      ...inText(file),
    ]);
}

function inText(file: TextFile): readonly string[] {
  let start = 0;
  return file.text.split('\n').flatMap((line) => {
    const at = start;
    start += line.length + 1;
    return retiredIn(line).map(([term, instead]) => finding(file, at, `"${term}": write ${instead}`));
  });
}
