import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file as the rules see it: its path relative to the root of the checkout, with slashes, and its complete text. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

const ROOT = join(import.meta.dirname, '..', '..');
const BINARY = /\.(png|jpe?g|gif|ico|webp|woff2?|gz|pcap)$/;

/** The patterns of `.gitignore`, in the forms that ours uses; throws for any other form instead of misreading it. */
export function readIgnored(text: string): (name: string, isFolder: boolean) => boolean {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const odd = lines.find((line) => !/^(\*\.)?[\w.-]+\/?$/.test(line));
  if (odd !== undefined)
    throw new Error(`.gitignore: "${odd}" is a form that test/tidy/checkout.ts does not read`);
  const folders = new Set(lines.filter((line) => line.endsWith('/')).map((line) => line.slice(0, -1)));
  const endings = lines.filter((line) => line.startsWith('*')).map((line) => line.slice(1));
  const names = new Set(lines);
  return (name, isFolder) =>
    name === '.git' ||
    (isFolder && folders.has(name)) ||
    names.has(name) ||
    endings.some((ending) => name.endsWith(ending));
}

/** Every text file of the checkout except those that `.gitignore` excludes. */
export function readCheckout(): readonly TextFile[] {
  const isIgnored = readIgnored(readFileSync(join(ROOT, '.gitignore'), 'utf8'));
  const files: TextFile[] = [];
  const visit = (folder: string) => {
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (isIgnored(entry.name, entry.isDirectory())) continue;
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile() && !BINARY.test(path)) {
        files.push({ path, text: readFileSync(join(ROOT, path), 'utf8') });
      }
    }
  };
  visit('');
  return files;
}

export const isTestFile = (path: string) => /\.test\.tsx?$/.test(path);

/** Our own TypeScript and JavaScript files, in any folder. */
export const isSource = (path: string) => /^(src|web|test|scripts|bench|bin)\/.*\.(ts|tsx|js)$/.test(path);
