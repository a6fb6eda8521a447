/** The counter: one writes here. Its upper edge is the 24-hour window. */

import { Trans, useLingui } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { BellOff, CircleCheck, SendHorizontal } from 'lucide-react'
import { type CSSProperties, type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import type { Ticket } from '../../lib/contract'
import { keys } from '../../lib/keys'
import type { Thread } from '../../lib/merge'
import { dayAndHour, useNow } from '../../lib/time'
import { windowAt } from '../../lib/window'
import { useDraft } from './drafts'
import { useOutbox } from './useOutbox'

const LONGEST = 4_096

interface ComposerProps {
  ticket: Ticket
  name: string
  meId: string
}

export function Composer({ ticket, name, meId }: ComposerProps) {
  const now = useNow()
  const [draft, setDraft] = useDraft(meId, ticket.conversation_id)
  const window = windowAt(ticket.window_ends_at, now)
  const firstName = name.split(/\s+/)[0] ?? name

  if (ticket.state === 'closed') {
    return (
      <Locked
        icon={<CircleCheck className="i i-lg" aria-hidden="true" />}
        title={<Trans>Este atendimento foi encerrado</Trans>}
        draft={draft}
      >
        <Trans>Quando {firstName} escrever, um novo atendimento se abre.</Trans>
      </Locked>
    )
  }
  if (window.state === 'closed') {
    const closed = ticket.window_ends_at && dayAndHour(ticket.window_ends_at, now)
    return (
      <Locked
        icon={<BellOff className="i i-lg" aria-hidden="true" />}
        title={
          closed ? (
            <Trans>A janela de 24 horas fechou {closed}</Trans>
          ) : (
            <Trans>A janela de 24 horas ainda não se abriu</Trans>
          )
        }
        draft={draft}
      >
        <Trans>
          O WhatsApp só aceita texto livre por 24 horas. Quando {firstName} escrever, o campo abre de novo.
        </Trans>
      </Locked>
    )
  }
  return (
    <Field
      ticket={ticket}
      firstName={firstName}
      draft={draft}
      setDraft={setDraft}
      left={window.left}
      state={window.state}
    />
  )
}

interface FieldProps {
  ticket: Ticket
  firstName: string
  draft: string
  setDraft: (text: string) => void
  left: number
  state: string
}

function Field({ ticket, firstName, draft, setDraft, left, state }: FieldProps) {
  const { t } = useLingui()
  const now = useNow()
  const outbox = useOutbox()
  const cache = useQueryClient()
  const field = useRef<HTMLTextAreaElement>(null)
  const over = draft.length - LONGEST
  const empty = draft.trim() === ''

  useEffect(() => {
    // On a phone the keyboard would cover what one came to read.
    if (matchMedia('(pointer: fine)').matches) field.current?.focus({ preventScroll: true })
  }, [])

  const send = () => {
    if (empty || over > 0) return
    const thread = cache.getQueryData<Thread>(keys.messages(ticket.conversation_id))
    const after = thread?.items.reduce((newest, { position }) => Math.max(newest, position), 0) ?? 0
    outbox.add(ticket.conversation_id, draft, after)
    setDraft('')
    field.current?.focus()
  }
  const pressed = (event: KeyboardEvent) => {
    // Enter that picks a suggestion of an input method is not ours.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    send()
  }

  return (
    <form
      className="composer"
      data-window={state}
      style={{ '--left': left } as CSSProperties}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <i className="edge" aria-hidden="true" />
      <div className="compose-top">
        <span>
          {ticket.owner === null && ticket.state !== 'open' ? (
            <Trans>Responder assume o atendimento</Trans>
          ) : null}
        </span>
        <span className="right">
          {ticket.window_ends_at && <Trans>Janela aberta até {dayAndHour(ticket.window_ends_at, now)}</Trans>}
        </span>
      </div>
      <textarea
        ref={field}
        className="compose-text"
        aria-label={t`Mensagem`}
        aria-describedby="compose-hint"
        placeholder={t`Escreva para ${firstName}`}
        rows={1}
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={pressed}
      />
      <div className="compose-tools">
        {over > 0 && (
          <span className="over" role="alert">
            <Trans>{over} caracteres a mais</Trans>
          </span>
        )}
        <span className="right">
          <span className="hint" id="compose-hint">
            <kbd>Enter</kbd> <Trans>envia</Trans> <kbd>Shift Enter</kbd> <Trans>nova linha</Trans>
          </span>
          <button type="submit" className="send" aria-label={t`Enviar`} aria-disabled={empty || over > 0}>
            <span>
              <Trans>Enviar</Trans>
            </span>
            <SendHorizontal className="i i-md" aria-hidden="true" />
          </button>
        </span>
      </div>
    </form>
  )
}

interface LockedProps {
  icon: ReactNode
  title: ReactNode
  draft: string
  children: ReactNode
}

function Locked({ icon, title, draft, children }: LockedProps) {
  return (
    <div className="composer is-locked">
      <i className="edge" aria-hidden="true" />
      <div className="locked">
        <span className="badge">{icon}</span>
        <b>{title}</b>
        <p>{children}</p>
      </div>
      {draft && (
        <p className="kept-draft">
          <Trans>Seu rascunho está guardado: “{draft}”</Trans>
        </p>
      )}
    </div>
  )
}
