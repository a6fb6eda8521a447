/** Puts a conversation off: until when, whether the customer may end it before, and why. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { AlarmClock, TriangleAlert, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import type { Ticket } from '../../lib/contract'
import { dayAndHour, useNow } from '../../lib/time'
import { hourOfPreset, lastSafe, myZone, presets, read, written } from './snoozing'

export interface Wanted {
  until: string
  zone: string
  keep: boolean
  reason: string | null
}

interface SnoozeDialogProps {
  ticket: Ticket
  name: string
  open: boolean
  change: (open: boolean) => void
  wanted: (what: Wanted) => void
}

export function SnoozeDialog({ ticket, name, open, change, wanted }: SnoozeDialogProps) {
  return (
    <ModalOverlay className="scrim" isOpen={open} onOpenChange={change} isDismissable>
      <Modal>
        <Dialog className="dialog snooze">
          <header>
            <Heading slot="title" level={2}>
              <Trans>Adiar conversa com {name}</Trans>
            </Heading>
            <button type="button" className="icon-btn" aria-label={t`Fechar`} onClick={() => change(false)}>
              <X className="i" aria-hidden="true" />
            </button>
          </header>
          <Choice
            ticket={ticket}
            leave={() => change(false)}
            wanted={(what) => {
              change(false)
              wanted(what)
            }}
          />
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

interface ChoiceProps {
  ticket: Ticket
  leave: () => void
  wanted: (what: Wanted) => void
}

function Choice({ ticket, leave, wanted }: ChoiceProps) {
  const now = useNow()
  const choices = presets(now)
  const [field, setField] = useState(() =>
    ticket.snoozed_until ? written(new Date(ticket.snoozed_until)) : written(choices[0]?.at ?? new Date(now)),
  )
  const [keep, setKeep] = useState(false)
  const [reason, setReason] = useState('')
  const at = read(field)
  const ahead = at !== null && at.getTime() > now
  const hour = at && dayAndHour(at.toISOString(), now)
  const closes = ticket.window_ends_at
  const closesFirst = at !== null && (closes === null || at.getTime() >= Date.parse(closes))
  const safe = lastSafe(closes, now)

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (at && ahead) {
      wanted({ until: at.toISOString(), zone: myZone(), keep, reason: reason.trim() || null })
    }
  }

  return (
    <form onSubmit={submit}>
      <div className="snooze-body">
        <div className="presets">
          {choices.map((choice) => (
            <button
              key={choice.label}
              type="button"
              className="pop-item"
              aria-pressed={field === written(choice.at)}
              onClick={() => setField(written(choice.at))}
            >
              <b>{choice.label}</b>
              <span className="hint">{hourOfPreset(choice.at, now)}</span>
            </button>
          ))}
        </div>
        <div className="when">
          <div className="field">
            <label htmlFor="snooze-at">
              <Trans>Dia e hora</Trans>
            </label>
            <input
              id="snooze-at"
              className="input"
              type="datetime-local"
              required
              min={written(new Date(now))}
              value={field}
              onChange={(event) => setField(event.target.value)}
            />
          </div>
          {closesFirst && (
            <div className="callout is-warn" role="status">
              <TriangleAlert className="i" aria-hidden="true" />
              <div>
                {closes && Date.parse(closes) > now ? (
                  <Trans>
                    A janela de 24 horas fecha antes ({dayAndHour(closes, now)}). Quando a conversa voltar, só
                    dá para falar com modelo aprovado.
                  </Trans>
                ) : (
                  <Trans>A janela de 24 horas já fechou: só dá para falar com modelo aprovado.</Trans>
                )}{' '}
                {safe && (
                  <button type="button" className="link" onClick={() => setField(written(safe))}>
                    <Trans>Usar {dayAndHour(safe.toISOString(), now)}, ainda na janela</Trans>
                  </button>
                )}
              </div>
            </div>
          )}
          <fieldset className="options">
            <legend className="label">
              <Trans>Se o cliente escrever antes</Trans>
            </legend>
            <label className="opt">
              <input type="radio" name="keep" checked={!keep} onChange={() => setKeep(false)} />
              <Trans>volta na hora</Trans>
            </label>
            <label className="opt">
              <input type="radio" name="keep" checked={keep} onChange={() => setKeep(true)} />
              <Trans>continua adiada mesmo assim</Trans>
            </label>
          </fieldset>
          <div className="field">
            <label htmlFor="snooze-why">
              <Trans>Motivo</Trans>
              <span className="hint">
                <Trans>opcional</Trans>
              </span>
            </label>
            <input
              id="snooze-why"
              className="input"
              maxLength={500}
              value={reason}
              placeholder={t`Conferir o pedido com o estoque`}
              onChange={(event) => setReason(event.target.value)}
            />
          </div>
        </div>
      </div>
      <footer>
        <span className="right">
          <button type="button" className="btn" onClick={leave}>
            <Trans>Cancelar</Trans>
          </button>
          <button type="submit" className="btn btn-main" disabled={!ahead}>
            <AlarmClock className="i i-md" aria-hidden="true" />
            {hour ? <Trans>Adiar até {hour}</Trans> : <Trans>Adiar</Trans>}
          </button>
        </span>
      </footer>
    </form>
  )
}
