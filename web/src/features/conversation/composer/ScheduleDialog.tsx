/** Sends a text at a day and an hour, unless the customer writes first. */

import { Trans, useLingui } from '@lingui/react/macro'
import { CalendarClock, TriangleAlert } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Ticket } from '../../../lib/contract'
import { dayAndHour, useNow } from '../../../lib/time'
import { Foot, Raised } from '../../../ui/Dialog'
import { WhenField } from '../DateTimeField'
import { lastSafe, myZone, presets, read, written } from '../timePresets'
import type { Later } from './requests/useScheduledMessages'

const LONGEST = 4_096

interface ScheduleDialogProps {
  ticket: Ticket
  firstName: string
  /** What stands in the field already. */
  draft: string
  leave: () => void
  wanted: (what: Later) => void
}

export function ScheduleDialog({ ticket, firstName, draft, leave, wanted }: ScheduleDialogProps) {
  const { t } = useLingui()
  const now = useNow()
  const [text, setText] = useState(draft)
  const [field, setField] = useState(() => written(presets(now)[0]?.at ?? new Date(now)))
  const at = read(field)
  const ahead = at !== null && at.getTime() > now
  const closes = ticket.window_ends_at
  const late = at !== null && (closes === null || at.getTime() >= Date.parse(closes))
  const safe = lastSafe(closes, now)
  const ready = ahead && !late && text.trim() !== '' && text.length <= LONGEST

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!at || !ready) return
    wanted({ text, due_at: at.toISOString(), zone: myZone() })
    leave()
  }
  return (
    <Raised title={<Trans>Agendar envio para {firstName}</Trans>} leave={leave} broad>
      <form onSubmit={submit}>
        <WhenField field={field} setField={setField}>
          {late && (
            <div className="callout is-warn" role="status">
              <TriangleAlert className="i" aria-hidden="true" />
              <div>
                <Trans>A janela de 24 horas fecha antes: nessa hora o WhatsApp não aceitaria o texto.</Trans>{' '}
                {safe && (
                  <button type="button" className="link" onClick={() => setField(written(safe))}>
                    <Trans>Usar {dayAndHour(safe.toISOString(), now)}, ainda na janela</Trans>
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
              maxLength={LONGEST}
              value={text}
              placeholder={t`Escreva para ${firstName}`}
              onChange={(event) => setText(event.target.value)}
            />
          </div>
          <p className="hint">
            <Trans>Se {firstName} escrever antes, o envio é cancelado.</Trans>
          </p>
        </WhenField>
        <Foot leave={leave} ready={ready}>
          <CalendarClock className="i i-md" aria-hidden="true" />
          {at && ahead ? (
            <Trans>Agendar para {dayAndHour(at.toISOString(), now)}</Trans>
          ) : (
            <Trans>Agendar</Trans>
          )}
        </Foot>
      </form>
    </Raised>
  )
}
