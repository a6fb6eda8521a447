/** Puts a conversation off: until when, whether the customer may end it before, and why. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { AlarmClock, TriangleAlert } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { dayAndHour, useNow } from '../../../lib/time'
import { Foot, Raised } from '../../../ui/Dialog'
import { Options } from '../../../ui/RadioGroup'
import { WhenField } from '../DateTimeField'
import { lastSafe, myZone, presets, read, written } from '../timePresets'

export interface PutOff {
  until: string
  zone: string
  keep: boolean
  reason: string | null
}

interface SnoozeDialogProps {
  title: ReactNode
  /** What is chosen at first: the hour that holds now. */
  until: string | null | undefined
  /** When the window closes, or the first of several. */
  closes: string | null
  leave: () => void
  wanted: (what: PutOff) => void
}

export function SnoozeDialog({ title, until, closes, leave, wanted }: SnoozeDialogProps) {
  const now = useNow()
  const [field, setField] = useState(() =>
    written(until ? new Date(until) : (presets(now)[0]?.at ?? new Date(now))),
  )
  const [keep, setKeep] = useState<'keep' | 'wake'>('wake')
  const [reason, setReason] = useState('')
  const at = read(field)
  const ahead = at !== null && at.getTime() > now
  const hour = at && dayAndHour(at.toISOString(), now)

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!at || !ahead) return
    wanted({
      until: at.toISOString(),
      zone: myZone(),
      keep: keep === 'keep',
      reason: reason.trim() || null,
    })
    leave()
  }

  return (
    <Raised title={title} leave={leave} broad>
      <form onSubmit={submit}>
        <WhenField field={field} setField={setField}>
          <WindowFirst at={at} closes={closes} use={(safe) => setField(written(safe))} />
          <Options
            legend={<Trans>Se o cliente escrever antes</Trans>}
            name="keep"
            value={keep}
            choose={setKeep}
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
        </WhenField>
        <Foot leave={leave} ready={ahead}>
          <AlarmClock className="i i-md" aria-hidden="true" />
          {hour ? <Trans>Adiar até {hour}</Trans> : <Trans>Adiar</Trans>}
        </Foot>
      </form>
    </Raised>
  )
}

interface WindowFirstProps {
  at: Date | null
  closes: string | null
  use: (safe: Date) => void
}

/** Warns that the window closes before the hour, and offers the last one that leaves time to answer. */
function WindowFirst({ at, closes, use }: WindowFirstProps) {
  const now = useNow()
  if (at === null || (closes !== null && at.getTime() < Date.parse(closes))) return null
  const safe = lastSafe(closes, now)
  return (
    <div className="callout is-warn" role="status">
      <TriangleAlert className="i" aria-hidden="true" />
      <div>
        {closes && Date.parse(closes) > now ? (
          <Trans>
            A janela de 24 horas fecha antes ({dayAndHour(closes, now)}). Quando a conversa voltar, só dá para
            falar com modelo aprovado.
          </Trans>
        ) : (
          <Trans>A janela de 24 horas já fechou: só dá para falar com modelo aprovado.</Trans>
        )}{' '}
        {safe && (
          <button type="button" className="link" onClick={() => use(safe)}>
            <Trans>Usar {dayAndHour(safe.toISOString(), now)}, ainda na janela</Trans>
          </button>
        )}
      </div>
    </div>
  )
}
