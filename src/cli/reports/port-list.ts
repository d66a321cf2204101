import { countPorts } from '#domain/ports/port-text.js';
import { counted } from '#domain/text/count-text.js';

/** `1,000 ports: 1,5,7,9,11,…`: the count, and as many whole items of a canonical list as fit into the cells. */
export function portSummary(list: string, cells: number): string {
  const count = countPorts(list);
  const head = count === undefined ? '' : `${counted(count, 'port')}: `;
  if (head.length + list.length <= cells) return `${head}${list}`;
  let shown = head;
  for (const item of list.split(',')) {
    if (shown.length + item.length + ',…'.length > cells) break;
    shown += `${item},`;
  }
  return `${shown}…`;
}
