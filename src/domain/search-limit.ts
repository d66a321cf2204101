/** What a search over everything takes and gives. */
export const MIN_SEARCH_CHARACTERS = 2;
export const MAX_SEARCH_CHARACTERS = 100;
export const MAX_FOUND_A_KIND = 20;
