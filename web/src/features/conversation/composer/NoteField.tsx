/** The field for an internal note, with mentions. The customer never sees it. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Lock } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import type { Me } from '../../../lib/contract'
import { countCharacters } from '../../../lib/countCharacters'
import { AgentAvatar } from '../../../ui/AgentAvatar'
import {
  type Colleague,
  completeMention,
  matchAgents,
  mentionAt,
  mentionedIn,
  movePicked,
  type PickedMention,
} from '../mentions'
import { useAgents } from '../useAgents'
import { useAddNote } from './requests/useAddNote'
import { SavedDraft } from './SavedDraft'
import { useStoredText } from './useStoredText'

const MAX_LENGTH = 4_096
const MAX_SUGGESTIONS = 6

interface NoteFieldProps {
  conversationId: string
  me: Me
  tabs: ReactNode
  /** A message that was begun before, and cannot be sent now. */
  draft?: string
}

export function NoteField({ conversationId, me, tabs, draft = '' }: NoteFieldProps) {
  const { t } = useLingui()
  const field = useRef<HTMLTextAreaElement>(null)
  const [text, storeText] = useStoredText(`balcao.note.${me.id}.${conversationId}`)
  const [picked, setPicked] = useState<readonly PickedMention[]>([])
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
  const over = countCharacters(text) - MAX_LENGTH
  const isEmpty = text.trim() === ''
  const mentioned = mentionedIn(text, colleagues, picked)
  const unclear = suggestions.length > 0 ? null : mentioned.unclear
  const canSave = !isEmpty && over <= 0 && mentioned.unclear === null && !addNote.isPending

  const setText = (next: string, pick?: PickedMention) => {
    const kept = movePicked(picked, text, next).filter(({ at }) => at !== pick?.at)
    setPicked(pick ? [...kept, pick] : kept)
    storeText(next)
  }
  useEffect(() => field.current?.focus({ preventScroll: true }), [])

  const save = () => {
    if (!canSave) return
    addNote.mutate({ text, mentions: mentioned.ids }, { onSuccess: () => setText('') })
  }
  const insertMention = ({ id, name }: Colleague) => {
    if (!mention) return
    const [next, at] = completeMention(text, cursor, mention.at, name)
    // Rendered at once, so that a key pressed right after finds the cursor behind the name.
    flushSync(() => {
      setText(next, { id, name, at: mention.at })
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
      else if (event.key === 'Enter' || event.key === 'Tab') insertMention(current)
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
              onClick={() => insertMention(one)}
            >
              <AgentAvatar name={one.name} small />
              <span dir="auto">{one.name}</span>
              {one.email && <span className="hint">{one.email}</span>}
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
        {unclear && (
          <span className="over" role="alert">
            <Trans>Mais de uma pessoa se chama {unclear}: escolha na lista do @</Trans>
          </span>
        )}
        <span className="right">
          <button type="submit" className="send" aria-label={t`Guardar nota`} aria-disabled={!canSave}>
            <span>
              <Trans>Guardar nota</Trans>
            </span>
            <Lock className="i i-md" aria-hidden="true" />
          </button>
        </span>
      </div>
      <SavedDraft draft={draft} />
    </form>
  )
}
