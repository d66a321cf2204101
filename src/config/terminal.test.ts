import { expect, test } from 'vitest';
import { readTerminal } from '#config/terminal.js';

test('a variable that is not set has no value', () => {
  expect(readTerminal({})).toEqual({ columns: undefined, dumb: false, program: 'scanorama' });
});

test('width, dumbness and the name of the program', () => {
  const environment = { COLUMNS: '60', TERM: 'dumb', SCANORAMA_STARTED_AS: './scanorama' };
  expect(readTerminal(environment)).toEqual({ columns: 60, dumb: true, program: './scanorama' });
});

test.each(['', '0', '-4', '1.5', 'wide', '999999'])('a width of %j is none', (text) => {
  expect(readTerminal({ COLUMNS: text }).columns).toBeUndefined();
});

test.each(['', '/my scan/scanorama', '$(reboot)', '`x`', 'a\nb'])(
  'a name that a shell would not take as it is (%j) is not repeated',
  (text) => {
    expect(readTerminal({ SCANORAMA_STARTED_AS: text }).program).toBe('scanorama');
  },
);
