import { expect, test } from 'vitest';
import { Interrupts } from '#cli/program/interrupts.js';

function recorded() {
  const seen: string[] = [];
  const interrupts = new Interrupts(() => seen.push('left'));
  interrupts.signal.addEventListener('abort', () => seen.push('aborted'));
  const take = (name: string) => interrupts.takeOver(() => seen.push(name));
  return { seen, interrupts, take };
}

test('the first aborts when nobody took over, the second leaves', () => {
  const { seen, interrupts } = recorded();
  interrupts.deliver();
  interrupts.deliver();
  interrupts.deliver();
  expect(seen).toEqual(['aborted', 'left', 'left']);
});

test('who took over last gets the first, and nobody else', () => {
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
