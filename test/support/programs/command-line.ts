/** A command line as a shell hands it over: splits at blanks outside of quotes; `''` stands for an empty word. */
export function args(line: string): string[] {
  return (line.match(/"[^"]*"|[^ ]+/g) ?? []).map((text) =>
    text === "''" ? '' : text.replace(/^"(.*)"$/, '$1'),
  );
}
