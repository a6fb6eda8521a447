/** Builds the data of the emoji picker from emojibase-data, as a module that the page loads when it is first needed. */

import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

interface Emojibase {
  emoji: string
  hexcode: string
  label: string
  tags?: string[]
  version: number
  /** Missing for what is only a part of other emojis. */
  group?: number
  order?: number
  skins?: { emoji: string; tone: number | number[] }[]
}

const COMPONENTS = 2

/** Emojibase puts a presentation selector behind every character; those that are emojis by themselves need none. */
const withoutSelector = (emoji: string): string => emoji.replace(/^(\p{Emoji_Presentation})\ufe0f$/u, '$1')

function read(locale: 'pt' | 'en'): Emojibase[] {
  const file = new URL(`node_modules/emojibase-data/${locale}/data.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as Emojibase[]
}

/** Rows as `EmojiRow` in `src/ui/emoji/emojis.ts` describes them. */
function emojiRows(): unknown[][] {
  const english = new Map(read('en').map((one) => [one.hexcode, one]))
  return read('pt')
    .filter(({ group }) => group !== undefined && group !== COMPONENTS)
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
    .map(({ emoji, hexcode, label, tags = [], version, group, skins = [] }) => {
      const en = english.get(hexcode)
      if (!en) throw new Error(`emojibase-data has no English name for ${hexcode}`)
      // Pairs of people with two different tones are left out.
      const tones = skins.filter(({ tone }) => typeof tone === 'number').map((one) => one.emoji)
      return [withoutSelector(emoji), group, version, label, en.label, tags, en.tags ?? [], tones]
    })
}

const NAME = 'virtual:emojis'

export const emojis: Plugin = {
  name: 'emojis',
  resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
  // A string is read faster by JSON.parse than an array by the engine.
  load: (id) =>
    id === `\0${NAME}` ? `export default JSON.parse(${JSON.stringify(JSON.stringify(emojiRows()))})` : null,
}
