import { expect, test } from 'vitest';
import { Course } from './kill-points.ts';
import { completionOf, type Message, MessageCutter, statementOf } from './messages.ts';

function message(type: string, body: string): Buffer {
  const bytes = Buffer.from(body, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length + 4);
  return Buffer.concat([Buffer.from(type), length, bytes]);
}

const query = (text: string) => message('Q', `${text}\0`);
const parse = (text: string) => message('P', `name\0${text}\0\0\0`);
const bind = () => message('B', '\0name\0\0\0');
const done = (tag: string) => message('C', `${tag}\0`);

test.each([1, 2, 3, 7, 1_000])('complete messages are assembled from pieces of %i bytes', (size) => {
  const bytes = Buffer.concat([message('', 'startup'), query('begin'), parse('SELECT 1'), done('SELECT 1')]);
  const cutter = new MessageCutter('client');
  const cut: Message[] = [];
  for (let at = 0; at < bytes.length; at += size) cut.push(...cutter.cut(bytes.subarray(at, at + size)));
  expect(cut.map(({ type }) => type)).toEqual(['', 'Q', 'P', 'C']);
  expect(cut.map(statementOf)).toEqual([undefined, 'begin', 'SELECT 1', undefined]);
  expect(cut.map(completionOf)).toEqual([undefined, undefined, undefined, 'SELECT 1']);
  expect(Buffer.concat(cut.map(({ complete }) => complete))).toEqual(bytes);
});

/** The points that a session passes; `<` are messages of the server. */
function pointsOf(lines: readonly (readonly ['>' | '<', Buffer])[]) {
  const course = new Course();
  return lines.flatMap(([from, bytes]) => {
    const [one] = new MessageCutter('server').cut(bytes);
    if (one === undefined) return [];
    return (from === '>' ? course.ofClient(one) : course.ofServer(one)) ?? [];
  });
}

test('a batch passes five points', () => {
  expect(
    pointsOf([
      ['>', query('begin')],
      ['<', done('BEGIN')],
      ['>', parse('INSERT INTO hosts …')],
      ['>', bind()],
      ['<', done('INSERT 0 2')],
      ['>', parse('\n    INSERT INTO port_scans (job_id) …')],
      ['>', bind()],
      ['<', done('INSERT 0 2')],
      ['>', parse('INSERT INTO scan_batches …')],
      ['>', bind()],
      ['<', done('INSERT 0 1')],
      ['>', query('commit')],
      ['<', done('COMMIT')],
    ]),
  ).toEqual(['before rows', 'inside rows', 'after rows', 'commit not sent', 'commit not acknowledged']);
});

test('the end of a scan passes two, and other transactions none', () => {
  const other = [
    ['>', query('begin')],
    ['>', parse('UPDATE scan_shards …')],
    ['>', bind()],
    ['<', done('UPDATE 1')],
    ['>', query('commit')],
    ['<', done('COMMIT')],
  ] as const;
  const finish = [
    ['>', query('begin')],
    ['>', parse('SELECT … FROM per_shard')],
    ['>', bind()],
    ['<', done('SELECT 1')],
    ['>', query('commit')],
    ['<', done('COMMIT')],
  ] as const;
  expect(pointsOf([...other, ...finish, ...other])).toEqual(['finish not sent', 'finish not acknowledged']);
});
