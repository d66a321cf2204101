import { ScanoramaError } from '#domain/errors/error.js';
import { quote } from '#domain/text/quote.js';

/** `conflict`: there is one of that name already. */
export function nameTaken(noun: 'tag' | 'group' | 'owner' | 'field', name: string): ScanoramaError {
  return new ScanoramaError(
    'conflict',
    `There is ${noun === 'owner' ? 'an' : 'a'} ${noun} called ${quote(name)} already.`,
    {
      at: name,
      hint: 'Names are compared without their case; give it another one.',
    },
  );
}

/** Says of how many hosts, for the sentence of a refusal or a log. */
export function hostsText(count: number): string {
  return `${count.toLocaleString('en')} host${count === 1 ? '' : 's'}`;
}
