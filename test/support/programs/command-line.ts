/** A command line as a shell hands it over: splits at blanks outside of quotes; `''` stands for an empty word. */
export function words(line: string): string[] {
  return (line.match(/"[^"]*"|[^ ]+/g) ?? []).map((word) =>
    word === "''" ? '' : word.replace(/^"(.*)"$/, '$1'),
  );
}
