/** The emojis that somebody used last, and their tone of skin; kept in this browser. */

import { useCallback, useState } from 'react'
import { readStored, writeStored } from '../../lib/storage'
import { SKIN_TONES, type SkinTone } from './emojis'

const MAX_RECENT = 9

export interface EmojiHabits {
  recent: readonly string[]
  tone: SkinTone
}

export const withRecent = (recent: readonly string[], emoji: string): string[] =>
  [emoji, ...recent.filter((one) => one !== emoji)].slice(0, MAX_RECENT)

const keyOf = (userId: string): string => `balcao.emojis.${userId}`

export function readHabits(userId: string): EmojiHabits {
  const stored = readStored<Partial<EmojiHabits>>(keyOf(userId))
  return {
    recent: Array.isArray(stored?.recent) ? stored.recent : [],
    tone: SKIN_TONES.find((tone) => tone === stored?.tone) ?? 'none',
  }
}

/** Remembers that the emoji was used; what is open shows it when it is opened again. */
export function rememberEmoji(userId: string, emoji: string): void {
  const habits = readHabits(userId)
  writeStored(keyOf(userId), { ...habits, recent: withRecent(habits.recent, emoji) })
}

export function useSkinTone(userId: string): [SkinTone, (tone: SkinTone) => void] {
  const [tone, setTone] = useState(() => readHabits(userId).tone)
  const change = useCallback(
    (next: SkinTone) => {
      setTone(next)
      writeStored(keyOf(userId), { ...readHabits(userId), tone: next })
    },
    [userId],
  )
  return [tone, change]
}
