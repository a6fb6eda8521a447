/** Emojis by `:nome`, in Portuguese and English. */

import { useLingui } from '@lingui/react/macro'
import type { CompletionSource } from '../completion/source'
import { findColonWord } from '../completion/words'
import { type Emoji, emojisQuery, inTone, searchEmojis } from './emojis'
import { readHabits, rememberEmoji } from './habits'

const MAX_LINES = 8

export function useEmojiSource(userId: string): CompletionSource<readonly Emoji[]> {
  const { t, i18n } = useLingui()
  const language = i18n.locale.startsWith('pt') ? 'pt' : 'en'
  return {
    id: 'emojis',
    title: t`Emojis`,
    find: findColonWord,
    query: () => emojisQuery,
    lines(emojis, typed) {
      const { tone } = readHabits(userId)
      return searchEmojis(emojis, typed, MAX_LINES).map((one) => {
        const text = inTone(one, tone)
        return {
          id: one.emoji,
          text,
          content: (
            <>
              <span className="emoji">{text}</span>
              <span>{one[language]}</span>
            </>
          ),
          onInsert: () => rememberEmoji(userId, text),
        }
      })
    },
  }
}
