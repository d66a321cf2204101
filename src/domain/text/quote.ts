/** The most characters of an offending word that an error repeats. */
export const MAX_QUOTED_CHARS = 80;

/** An offending word cut to what a person can read, without anything that could disturb a terminal. */
export function clip(word: string): string {
  const short = word.length > MAX_QUOTED_CHARS ? `${word.slice(0, MAX_QUOTED_CHARS)}…` : word;
  return short.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�');
}

export function quote(word: string): string {
  return `"${clip(word)}"`;
}
