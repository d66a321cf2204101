import { styleText } from 'node:util';

export type Paint = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Control, format and separator characters: what a hostile name could steer a terminal or mislead a reader with. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const REPLACEMENT = '\u{FFFD}';

/** Text from the network, made safe to show: every character that is not visible is replaced. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, REPLACEMENT);
}

/** The lines of a text as one. */
export function oneLine(text: string): string {
  return text.replaceAll('\n', ' / ');
}

/** Only ever applied to text that is already `printable`. */
export function paint(color: boolean, format: Paint, text: string): string {
  return color ? styleText(format, text, { validateStream: false }) : text;
}

const SIZE_UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const SIZE_STEP = 1_024;

/** `512 bytes`, `1.5 MiB`. */
export function sizeOf(bytes: number): string {
  const rank = Math.min(
    SIZE_UNITS.length - 1,
    bytes < 1 ? 0 : Math.floor(Math.log(bytes) / Math.log(SIZE_STEP)),
  );
  const amount = bytes / SIZE_STEP ** rank;
  return `${rank === 0 ? amount : amount.toFixed(1)} ${SIZE_UNITS[rank] ?? ''}`;
}

const WIDE =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\uff01-\uff60]/u;

/** How many cells of a terminal the text takes. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let cells = 0;
  for (const character of text) {
    if (!/\p{Mark}/u.test(character)) cells += WIDE.test(character) ? 2 : 1;
  }
  return cells;
}
