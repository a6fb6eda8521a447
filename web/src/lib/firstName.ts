/** What somebody is called by. */

const TITLES = new Set(['dr', 'dra', 'sr', 'sra', 'srta', 'prof', 'profa'])

/**
 * "🌸 Lívia Brandão" → "Lívia", "Dra. Ana" → "Ana": the first word that has a letter, without titles and the symbols around
 * it, as the server's `$primeiro_nome`; the whole name where no word has one.
 */
export function firstNameOf(name: string): string {
  const words = name
    .normalize('NFC')
    .split(/\s+/)
    .filter((word) => /\p{L}/u.test(word))
    .map(bare)
  return words.find((word) => !TITLES.has(word.toLowerCase())) ?? words[0] ?? name
}

/** From the first letter or digit to the last, with the marks of that. */
const bare = (word: string): string => /[\p{L}\p{N}](?:.*[\p{L}\p{N}])?\p{M}*/u.exec(word)?.[0] ?? word
