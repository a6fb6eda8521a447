/** Tags as chips, with a field: Enter or a comma adds a tag, Backspace removes the last one. */

import { t } from '@lingui/core/macro'
import { X } from 'lucide-react'
import { type KeyboardEvent, useState } from 'react'
import { cleanText } from '../lib/cleanText'

/** The server's limit. */
const MAX_TAG_LENGTH = 50

interface TagsFieldProps {
  id?: string
  tags: readonly string[]
  onChange: (tags: string[]) => void
}

/** Tags that cannot be changed. */
export function Tags({ tags }: { tags: readonly string[] }) {
  return (
    <div className="tags">
      {tags.map((tag) => (
        <span className="chip" key={tag} dir="auto">
          <span>{tag}</span>
        </span>
      ))}
    </div>
  )
}

export function TagsField({ id, tags, onChange }: TagsFieldProps) {
  const [text, setText] = useState('')
  const add = (input: string) => {
    const tag = cleanText(input)
      .replace(/[\s\u{200b}]+/gu, ' ')
      .trim()
    setText('')
    const isDuplicate = tags.some((one) => one.toLocaleLowerCase('pt-BR') === tag.toLocaleLowerCase('pt-BR'))
    if (tag && !isDuplicate) onChange([...tags, tag])
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if ((event.key === 'Enter' && text.trim()) || event.key === ',') {
      event.preventDefault()
      add(text)
    } else if (event.key === 'Backspace' && text === '' && tags.length > 0) {
      onChange(tags.slice(0, -1))
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
            onClick={() => onChange(tags.filter((one) => one !== tag))}
          >
            <X className="i i-sm" aria-hidden="true" />
          </button>
        </span>
      ))}
      <input
        id={id}
        aria-label={t`Nova etiqueta`}
        placeholder={t`+ Etiqueta`}
        maxLength={MAX_TAG_LENGTH}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={() => add(text)}
      />
    </div>
  )
}
