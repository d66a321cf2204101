import { loadLibc } from '#net/native/libc/libc.js';
import { allocate } from '#net/native/libc/memory.js';

const RLIMIT_NOFILE = 7;
const LIMIT_BYTES = 16;
const HARD_OFFSET = 8;
/** More than any scan can use, and what "no limit" comes to. */
const MAX_DESCRIPTORS = 1_048_576n;

/**
 * Raises how many descriptors this process may hold open to what the system lets it, and returns what then
 * holds; undefined where nobody says.
 */
export function raiseDescriptorLimit(): number | undefined {
  const libc = loadLibc();
  const getLimit = libc.func('int getrlimit(int resource, void *limit)');
  const setLimit = libc.func('int setrlimit(int resource, void *limit)');
  const memory = allocate(LIMIT_BYTES);
  try {
    if (Number(getLimit(RLIMIT_NOFILE, memory.pointer)) < 0) return undefined;
    const soft = memory.view.getBigUint64(0, true);
    const hard = memory.view.getBigUint64(HARD_OFFSET, true);
    const wanted = hard < MAX_DESCRIPTORS ? hard : MAX_DESCRIPTORS;
    if (soft >= wanted) return Number(soft < MAX_DESCRIPTORS ? soft : MAX_DESCRIPTORS);
    memory.view.setBigUint64(0, wanted, true);
    const isRaised = Number(setLimit(RLIMIT_NOFILE, memory.pointer)) === 0;
    return Number(isRaised ? wanted : soft);
  } finally {
    memory.free();
  }
}
