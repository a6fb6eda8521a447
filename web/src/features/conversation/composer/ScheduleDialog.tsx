/** Schedules a message; it is cancelled when the customer writes first. */

import { Trans, useLingui } from '@lingui/react/macro'
import { CalendarClock, TriangleAlert } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Schedule } from '../../../api'
import type { Ticket } from '../../../lib/contract'
import { countCharacters } from '../../../lib/countCharacters'
import { formatDayAndTime, useNow } from '../../../lib/time'
import { Dialog, DialogFooter } from '../../../ui/Dialog'
import { DateTimeField } from '../DateTimeField'
import { formatDateTimeInput, localTimeZone, parseDateTimeInput } from '../dateTimeInput'
import { lastSafeTime, timePresets } from '../timePresets'

const MAX_LENGTH = 4_096

interface ScheduleDialogProps {
  ticket: Ticket
  firstName: string
  /** The text in the composer. */
  draft: string
  /** The variables that a text still names. */
  openIn: (text: string) => readonly { name: string }[]
  onClose: () => void
  onSubmit: (body: Schedule) => void
}

export function ScheduleDialog({ ticket, firstName, draft, openIn, onClose, onSubmit }: ScheduleDialogProps) {
  const { t } = useLingui()
  const now = useNow()
  const [text, setText] = useState(draft)
  const [field, setField] = useState(() => formatDateTimeInput(timePresets(now)[0]?.at ?? new Date(now)))
  const at = parseDateTimeInput(field)
  const isInFuture = at !== null && at.getTime() > now
  const windowEndsAt = ticket.window_ends_at
  const windowClosesFirst = at !== null && (windowEndsAt === null || at.getTime() >= Date.parse(windowEndsAt))
  const over = countCharacters(text) - MAX_LENGTH
  const safeTime = lastSafeTime(windowEndsAt, now)
  const open = openIn(text)[0]
  const canSubmit = isInFuture && !windowClosesFirst && text.trim() !== '' && over <= 0 && !open

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!at || !canSubmit) return
    onSubmit({ text, due_at: at.toISOString(), zone: localTimeZone() })
    onClose()
  }
  return (
    <Dialog title={<Trans>Agendar envio para {firstName}</Trans>} onClose={onClose} wide>
      <form onSubmit={submit}>
        <DateTimeField value={field} onChange={setField}>
          {windowClosesFirst && (
            <div className="callout is-warn" role="status">
              <TriangleAlert className="i" aria-hidden="true" />
              <div>
                <Trans>A janela de 24 horas fecha antes: nessa hora o WhatsApp não aceitaria o texto.</Trans>{' '}
                {safeTime && (
                  <button
                    type="button"
                    className="link"
                    onClick={() => setField(formatDateTimeInput(safeTime))}
                  >
                    <Trans>Usar {formatDayAndTime(safeTime.toISOString(), now)}, ainda na janela</Trans>
                  </button>
                )}
              </div>
            </div>
          )}
          <div className="field">
            <label htmlFor="later-text">
              <Trans>Texto</Trans>
            </label>
            <textarea
              id="later-text"
              className="input"
              value={text}
              placeholder={t`Escreva para ${firstName}`}
              onChange={(event) => setText(event.target.value)}
            />
            {over > 0 && (
              <p className="failed is-left" role="alert">
                <Trans>Longo demais para enviar, {over} caracteres a mais</Trans>
              </p>
            )}
            {open && (
              <p className="failed is-left" role="alert">
                <Trans>Falta o valor de ${open.name}: escreva outra coisa no lugar</Trans>
              </p>
            )}
          </div>
          <p className="hint">
            <Trans>Se {firstName} escrever antes, o envio é cancelado.</Trans>
          </p>
        </DateTimeField>
        <DialogFooter onClose={onClose} canSubmit={canSubmit}>
          <CalendarClock className="i i-md" aria-hidden="true" />
          {at && isInFuture ? (
            <Trans>Agendar para {formatDayAndTime(at.toISOString(), now)}</Trans>
          ) : (
            <Trans>Agendar</Trans>
          )}
        </DialogFooter>
      </form>
    </Dialog>
  )
}
