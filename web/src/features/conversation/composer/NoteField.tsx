/** Where one writes to colleagues: the customer never sees it. `@` calls somebody. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Lock } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import type { Me } from '../../../lib/contract'
import { Face } from '../../../ui/AgentAvatar'
import { beginning, completed, matching, mentioned } from '../mentions'
import { useAgents } from '../useAgents'
import { useAddNote } from './requests/useAddNote'
import { useKept } from './requests/useDraft'

const LONGEST = 4_096
const MOST_SHOWN = 6

interface NoteFieldProps {
  conversationId: string
  me: Me
  tabs: ReactNode
}

export function NoteField({ conversationId, me, tabs }: NoteFieldProps) {
  const { t } = useLingui()
  const field = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useKept(`balcao.note.${me.id}.${conversationId}`)
  const [cursor, setCursor] = useState(0)
  const [chosen, setChosen] = useState(0)
  const [putAway, setPutAway] = useState<number | null>(null)
  const people = (useAgents().data ?? []).filter((one) => one.active && one.id !== me.id)
  const add = useAddNote(conversationId)

  const call = beginning(text, cursor)
  const offered = call && call.at !== putAway ? matching(call.written, people).slice(0, MOST_SHOWN) : []
  const current = offered[Math.min(chosen, offered.length - 1)]
  const over = text.length - LONGEST
  const empty = text.trim() === ''

  useEffect(() => field.current?.focus({ preventScroll: true }), [])

  const keep = () => {
    if (empty || over > 0 || add.isPending) return
    add.mutate({ text, mentions: mentioned(text, people) }, { onSuccess: () => setText('') })
  }
  const pick = (name: string) => {
    if (!call) return
    const [next, at] = completed(text, cursor, call.at, name)
    setText(next)
    setCursor(at)
    setChosen(0)
    requestAnimationFrame(() => field.current?.setSelectionRange(at, at))
    field.current?.focus()
  }
  const pressed = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (current && call) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
      if (step) setChosen((offered.indexOf(current) + step + offered.length) % offered.length)
      else if (event.key === 'Enter' || event.key === 'Tab') pick(current.name)
      else if (event.key === 'Escape') setPutAway(call.at)
      else return
      event.preventDefault()
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      keep()
    }
  }

  return (
    <form
      className="composer is-note"
      onSubmit={(event) => {
        event.preventDefault()
        keep()
      }}
    >
      {offered.length > 0 && (
        <div className="pop calls" role="listbox" id="note-calls" aria-label={t`Chamar alguém`}>
          {offered.map((one) => (
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
              onClick={() => pick(one.name)}
            >
              <Face name={one.name} small />
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
        aria-controls={offered.length > 0 ? 'note-calls' : undefined}
        aria-activedescendant={current ? `call-${current.id}` : undefined}
        placeholder={t`Escreva para a equipe; @ chama alguém`}
        rows={1}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setCursor(event.target.selectionStart)
          setChosen(0)
          if (!event.target.value.includes('@')) setPutAway(null)
        }}
        onSelect={(event) => setCursor(event.currentTarget.selectionStart)}
        onKeyDown={pressed}
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
            aria-disabled={empty || over > 0 || add.isPending}
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
