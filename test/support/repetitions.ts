import process from 'node:process';

/** Set by `npm run test:long`. */
const IS_LONG = process.env['SCANORAMA_TEST_LONG'] === '1';

/**
 * How often something random is repeated: `usual` in `npm test`, which is to take minutes, `long` in `npm run test:long`.
 * What is tested is the same; only the number of drawn cases differs.
 */
export const repetitions = (usual: number, long: number): number => (IS_LONG ? long : usual);
