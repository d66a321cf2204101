/** Sizes are at most 2^31, so that every intermediate fits 32-bit integer arithmetic. */
export const MAX_PERMUTATION_SIZE = 2 ** 31;

const ROUND_PAIRS = 3;

/**
 * A pseudo-random bijection of [0, size) in constant memory: a Feistel network over the smallest power of two
 * that holds `size`, walked until it lands inside. The same size and seed (its low 64 bits) give the same order
 * in every version, as stored checkpoints rely on it.
 *
 *     index = [ left | right ]      left  ^= mix(right, key)
 *                                   right ^= mix(left, key)     three times over
 *
 * Throws RangeError for a size outside 1–2^31. The index is not checked.
 */
export function createPermutation(size: number, seed: bigint): (index: number) => number {
  if (!Number.isInteger(size) || size < 1 || size > MAX_PERMUTATION_SIZE) {
    throw new RangeError(`a permutation has a size of 1 to ${MAX_PERMUTATION_SIZE}, not ${size}`);
  }
  const bits = size === 1 ? 0 : 32 - Math.clz32(size - 1);
  const rightBits = (bits + 1) >>> 1;
  const rightMask = 2 ** rightBits - 1;
  const leftMask = 2 ** (bits - rightBits) - 1;
  const keys = roundKeys(seed);

  return (index) => {
    let position = index;
    do {
      let left = position >>> rightBits;
      let right = position & rightMask;
      for (let round = 0; round < keys.length; round += 2) {
        left ^= mix(right, keys[round] ?? 0) & leftMask;
        right ^= mix(left, keys[round + 1] ?? 0) & rightMask;
      }
      position = (left << rightBits) | right;
    } while (position >= size);
    return position;
  };
}

function roundKeys(seed: bigint): Int32Array {
  const low = Number(BigInt.asIntN(32, seed));
  const high = Number(BigInt.asIntN(32, seed >> 32n));
  const keys = new Int32Array(ROUND_PAIRS * 2);
  let state = mix(low, 0x9e3779b9);
  for (let round = 0; round < keys.length; round++) {
    state = mix(state ^ high, Math.imul(round + 1, 0x85ebca6b));
    keys[round] = state;
  }
  return keys;
}

/** 32 bits in, 32 well-mixed bits out: multiply and shift until every input bit reaches every output bit. */
function mix(value: number, key: number): number {
  let bits = Math.imul(value ^ key, 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15) ^ key, 0x846ca68b);
  bits ^= bits >>> 16;
  bits = Math.imul(bits + key, 0x9e3779b1);
  return bits ^ (bits >>> 15);
}
