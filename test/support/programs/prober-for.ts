import { readFileSync } from 'node:fs';

/** The prober process of a program. Reads Linux's /proc. */
export function proberOf(pid: number | undefined): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const prober = children.find((child) => textsOf(child).includes('/prober/main.'));
  if (prober === undefined) throw new Error(`no prober among ${children.join(', ')}`);
  return Number(prober);
}

/** Undefined for a process that has ended since it was listed. */
function textsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
