const NAMED_COMMAND = /`scanorama(?= )/g;

/** The same text with its commands written as this program was started: `./scanorama hosts list` in a checkout. */
export function spokenAs(program: string, text: string): string {
  return text.replaceAll(NAMED_COMMAND, () => `\`${program}`);
}
