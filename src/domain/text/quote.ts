/** The most characters of an offending word that an error repeats. */
export const MAX_QUOTED_CHARS = 80;

/** An offending word cut to what a person can read, without anything that could disturb a terminal. */
export function clip(text: string): string {
  const short = text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}…` : text;
  return short.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�');
}

export function quote(text: string): string {
  return `"${clip(text)}"`;
}
