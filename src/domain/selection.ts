/** Things that are all that a filter finds, in one act. */
export const MAX_SELECTED = 10_000;
