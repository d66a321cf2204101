/** Characters as PostgreSQL counts them: code points, not the halves that JavaScript does. */
export function characterCount(text: string): number {
  return Array.from(text).length;
}
