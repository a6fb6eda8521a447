/** Counts characters as the server does; `length` counts UTF-16 units, two of an emoji. */
export function countCharacters(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
