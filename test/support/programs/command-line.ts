/** Splits a command line as a shell does, at blanks outside of quotes; `''` stands for an empty argument. */
export function args(line: string): string[] {
  return (line.match(/"[^"]*"|[^ ]+/g) ?? []).map((text) =>
    text === "''" ? '' : text.replace(/^"(.*)"$/, '$1'),
  );
}
