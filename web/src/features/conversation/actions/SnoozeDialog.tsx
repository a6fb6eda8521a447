/** Snoozes a conversation: until when, whether a reply wakes it, and why. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { AlarmClock, TriangleAlert } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { formatDayAndTime, useNow } from '../../../lib/time'
import { Dialog, DialogFooter } from '../../../ui/Dialog'
import { RadioGroup } from '../../../ui/RadioGroup'
import { DateTimeField } from '../DateTimeField'
import { formatDateTimeInput, localTimeZone, parseDateTimeInput } from '../dateTimeInput'
import { lastSafeTime, timePresets } from '../timePresets'

export interface SnoozeRequest {
  until: string
  zone: string
  keep: boolean
  reason: string | null
}

interface SnoozeDialogProps {
  title: ReactNode
  /** The current due time of a snoozed ticket. */
  until: string | null | undefined
  /** When the window closes; the earliest end for several tickets. */
  windowEndsAt: string | null
  onClose: () => void
  onSubmit: (what: SnoozeRequest) => void
}

export function SnoozeDialog({ title, until, windowEndsAt, onClose, onSubmit }: SnoozeDialogProps) {
  const now = useNow()
  const [field, setField] = useState(() =>
    formatDateTimeInput(until ? new Date(until) : (timePresets(now)[0]?.at ?? new Date(now))),
  )
  const [keep, setKeep] = useState<'keep' | 'wake'>('wake')
  const [reason, setReason] = useState('')
  const at = parseDateTimeInput(field)
  const canSubmit = at !== null && at.getTime() > now
  const hour = at && formatDayAndTime(at.toISOString(), now)

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!at || !canSubmit) return
    onSubmit({
      until: at.toISOString(),
      zone: localTimeZone(),
      keep: keep === 'keep',
      reason: reason.trim() || null,
    })
    onClose()
  }

  return (
    <Dialog title={title} onClose={onClose} wide>
      <form onSubmit={submit}>
        <DateTimeField value={field} onChange={setField}>
          <WindowClosesFirst
            at={at}
            windowEndsAt={windowEndsAt}
            onUse={(safe) => setField(formatDateTimeInput(safe))}
          />
          <RadioGroup
            legend={<Trans>Se o cliente escrever antes</Trans>}
            name="keep"
            value={keep}
            onChange={setKeep}
            options={[
              { value: 'wake', label: <Trans>volta assim que ele escrever</Trans> },
              { value: 'keep', label: <Trans>continua adiada mesmo assim</Trans> },
            ]}
          />
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
        </DateTimeField>
        <DialogFooter onClose={onClose} canSubmit={canSubmit}>
          <AlarmClock className="i i-md" aria-hidden="true" />
          {hour ? <Trans>Adiar até {hour}</Trans> : <Trans>Adiar</Trans>}
        </DialogFooter>
      </form>
    </Dialog>
  )
}

interface WindowClosesFirstProps {
  at: Date | null
  windowEndsAt: string | null
  onUse: (safe: Date) => void
}

/** Warns that the window closes before the chosen time, and offers the last time that is safe. */
function WindowClosesFirst({ at, windowEndsAt, onUse }: WindowClosesFirstProps) {
  const now = useNow()
  if (at === null || (windowEndsAt !== null && at.getTime() < Date.parse(windowEndsAt))) return null
  const safe = lastSafeTime(windowEndsAt, now)
  return (
    <div className="callout is-warn" role="status">
      <TriangleAlert className="i" aria-hidden="true" />
      <div>
        {windowEndsAt && Date.parse(windowEndsAt) > now ? (
          <Trans>
            A janela de 24 horas fecha antes ({formatDayAndTime(windowEndsAt, now)}). Quando a conversa
            voltar, só dá para falar com modelo aprovado.
          </Trans>
        ) : (
          <Trans>A janela de 24 horas já fechou: só dá para falar com modelo aprovado.</Trans>
        )}{' '}
        {safe && (
          <button type="button" className="link" onClick={() => onUse(safe)}>
            <Trans>Usar {formatDayAndTime(safe.toISOString(), now)}, ainda na janela</Trans>
          </button>
        )}
      </div>
    </div>
  )
}
