import { expect, test } from 'vitest';
import { Interrupts } from '#cli/program/interrupts.js';

function recorded() {
  const seen: string[] = [];
  const interrupts = new Interrupts(() => seen.push('left'));
  interrupts.signal.addEventListener('abort', () => seen.push('aborted'));
  const take = (name: string) => interrupts.takeOver(() => seen.push(name));
  return { seen, interrupts, take };
}

test('the first interruption aborts unless a handler took over, the second exits', () => {
  const { seen, interrupts } = recorded();
  interrupts.deliver();
  interrupts.deliver();
  interrupts.deliver();
  expect(seen).toEqual(['aborted', 'left', 'left']);
});

test('only the handler that was registered last receives the first interruption', () => {
  const { seen, interrupts, take } = recorded();
  take('outer');
  take('inner');
  interrupts.deliver();
  expect(seen).toEqual(['inner']);
  expect(interrupts.signal.aborted).toBe(false);
  interrupts.deliver();
  expect(seen).toEqual(['inner', 'left']);
});

test('who gave back gets nothing', () => {
  const { seen, interrupts, take } = recorded();
  const outer = take('outer');
  const inner = take('inner');
  inner();
  inner();
  outer();
  interrupts.deliver();
  expect(seen).toEqual(['aborted']);
});
