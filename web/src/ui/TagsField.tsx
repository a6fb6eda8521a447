/** Tags as chips, and a field that adds one: Enter or a comma ends a tag, Backspace takes the last one off. */

import { t } from '@lingui/core/macro'
import { X } from 'lucide-react'
import { type KeyboardEvent, useState } from 'react'

/** As the server keeps one: without spaces around, no longer than this. */
const LONGEST = 50

interface TagsFieldProps {
  id?: string
  tags: readonly string[]
  change: (tags: string[]) => void
}

export function TagsField({ id, tags, change }: TagsFieldProps) {
  const [text, setText] = useState('')
  const add = (written: string) => {
    const tag = written.trim().replace(/\s+/g, ' ')
    setText('')
    const known = tags.some((one) => one.toLocaleLowerCase('pt-BR') === tag.toLocaleLowerCase('pt-BR'))
    if (tag && !known) change([...tags, tag])
  }
  const pressed = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if ((event.key === 'Enter' && text.trim()) || event.key === ',') {
      event.preventDefault()
      add(text)
    } else if (event.key === 'Backspace' && text === '' && tags.length > 0) {
      change(tags.slice(0, -1))
    }
  }
  return (
    <div className="tags">
      {tags.map((tag) => (
        <span className="chip" key={tag} dir="auto">
          <span>{tag}</span>
          <button
            type="button"
            aria-label={t`Tirar a etiqueta ${tag}`}
            onClick={() => change(tags.filter((one) => one !== tag))}
          >
            <X className="i i-sm" aria-hidden="true" />
          </button>
        </span>
      ))}
      <input
        id={id}
        aria-label={t`Nova etiqueta`}
        placeholder={t`+ Etiqueta`}
        maxLength={LONGEST}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={pressed}
        onBlur={() => add(text)}
      />
    </div>
  )
}
