/** The field for an internal note, with mentions. The customer never sees it. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Lock } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import type { Me } from '../../../lib/contract'
import { AgentAvatar } from '../../../ui/AgentAvatar'
import { completeMention, matchAgents, mentionAt, mentionedIds } from '../mentions'
import { useAgents } from '../useAgents'
import { useAddNote } from './requests/useAddNote'
import { useStoredText } from './useStoredText'

const MAX_LENGTH = 4_096
const MAX_SUGGESTIONS = 6

interface NoteFieldProps {
  conversationId: string
  me: Me
  tabs: ReactNode
}

export function NoteField({ conversationId, me, tabs }: NoteFieldProps) {
  const { t } = useLingui()
  const field = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useStoredText(`balcao.note.${me.id}.${conversationId}`)
  const [cursor, setCursor] = useState(0)
  const [activeIndex, setActiveIndex] = useState(0)
  const [dismissedAt, setDismissedAt] = useState<number | null>(null)
  const colleagues = (useAgents().data ?? []).filter((one) => one.active && one.id !== me.id)
  const addNote = useAddNote(conversationId)

  const mention = mentionAt(text, cursor)
  const suggestions =
    mention && mention.at !== dismissedAt
      ? matchAgents(mention.typed, colleagues).slice(0, MAX_SUGGESTIONS)
      : []
  const current = suggestions[Math.min(activeIndex, suggestions.length - 1)]
  const over = text.length - MAX_LENGTH
  const isEmpty = text.trim() === ''

  useEffect(() => field.current?.focus({ preventScroll: true }), [])

  const save = () => {
    if (isEmpty || over > 0 || addNote.isPending) return
    addNote.mutate({ text, mentions: mentionedIds(text, colleagues) }, { onSuccess: () => setText('') })
  }
  const insertMention = (name: string) => {
    if (!mention) return
    const [next, at] = completeMention(text, cursor, mention.at, name)
    // Rendered at once, so that a key pressed right after finds the cursor behind the name.
    flushSync(() => {
      setText(next)
      setCursor(at)
      setActiveIndex(0)
    })
    field.current?.focus()
    field.current?.setSelectionRange(at, at)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (current && mention) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
      if (step)
        setActiveIndex((suggestions.indexOf(current) + step + suggestions.length) % suggestions.length)
      else if (event.key === 'Enter' || event.key === 'Tab') insertMention(current.name)
      else if (event.key === 'Escape') setDismissedAt(mention.at)
      else return
      event.preventDefault()
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      save()
    }
  }

  return (
    <form
      className="composer is-note"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      {suggestions.length > 0 && (
        <div className="pop mention-list" role="listbox" id="note-calls" aria-label={t`Chamar alguém`}>
          {suggestions.map((one) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the field points at it
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field hears the keys
            <div
              key={one.id}
              id={`call-${one.id}`}
              role="option"
              className="pop-item"
              aria-selected={one === current}
              data-focused={one === current || undefined}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => insertMention(one.name)}
            >
              <AgentAvatar name={one.name} small />
              <span dir="auto">{one.name}</span>
            </div>
          ))}
        </div>
      )}
      <div className="compose-top">
        {tabs}
        <span className="right">
          <Lock className="i i-sm" aria-hidden="true" />
          <Trans>Só a equipe vê</Trans>
        </span>
      </div>
      <textarea
        ref={field}
        className="compose-text"
        aria-label={t`Nota interna`}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={suggestions.length > 0 ? 'note-calls' : undefined}
        aria-activedescendant={current ? `call-${current.id}` : undefined}
        placeholder={t`Escreva para a equipe; @ chama alguém`}
        rows={1}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setCursor(event.target.selectionStart)
          setActiveIndex(0)
          if (!event.target.value.includes('@')) setDismissedAt(null)
        }}
        onSelect={(event) => setCursor(event.currentTarget.selectionStart)}
        onKeyDown={onKeyDown}
      />
      <div className="compose-tools">
        {over > 0 && (
          <span className="over" role="alert">
            <Trans>{over} caracteres a mais</Trans>
          </span>
        )}
        <span className="right">
          <button
            type="submit"
            className="send"
            aria-label={t`Guardar nota`}
            aria-disabled={isEmpty || over > 0 || addNote.isPending}
          >
            <span>
              <Trans>Guardar nota</Trans>
            </span>
            <Lock className="i i-md" aria-hidden="true" />
          </button>
        </span>
      </div>
    </form>
  )
}
