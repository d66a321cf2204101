/** The arguments of a command as a shell splits them, up to a comment, a pipe, a redirection or a second command. */
export function shellWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [, space, single, double, end, plain] of line.matchAll(
    /(\s+)|'([^']*)'|"([^"]*)"|([|;<>]|&&)|([^\s'"|;<>&]+|&)/g,
  )) {
    if (end !== undefined || (word === undefined && plain?.startsWith('#') === true)) break;
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = `${word ?? ''}${single ?? double ?? plain ?? ''}`;
  }
  return word === undefined ? words : [...words, word];
}
