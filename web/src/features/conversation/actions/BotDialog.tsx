/** Gives the conversation to the bot's flow: until when, and what becomes of the ticket. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Bot } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Foot, Raised } from '../../../ui/Dialog'
import { Options } from '../../../ui/RadioGroup'

export interface ToBot {
  until: 'flow_end' | 'hours' | 'agent'
  hours: number | null
  close: boolean
}

const MOST_HOURS = 168

interface BotDialogProps {
  title: ReactNode
  /** Who writes next; without it several do. */
  name?: string
  leave: () => void
  wanted: (what: ToBot) => void
}

export function BotDialog({ title, name, leave, wanted }: BotDialogProps) {
  const [until, setUntil] = useState<ToBot['until']>('flow_end')
  const [hours, setHours] = useState('4')
  const [ticket, setTicket] = useState<'keep' | 'close'>('keep')
  const firstName = name?.split(/\s+/)[0] ?? t`o cliente`
  const many = Number(hours)
  const ready = until !== 'hours' || (Number.isInteger(many) && many >= 1 && many <= MOST_HOURS)

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!ready) return
    wanted({ until, hours: until === 'hours' ? many : null, close: ticket === 'close' })
    leave()
  }
  return (
    <Raised title={title} leave={leave}>
      <form onSubmit={submit}>
        <div className="asked">
          <Options
            legend={<Trans>O bot atende</Trans>}
            name="until"
            value={until}
            choose={setUntil}
            options={[
              { value: 'flow_end', label: <Trans>até o fluxo dele terminar</Trans> },
              {
                value: 'hours',
                label: (
                  <>
                    <Trans>por</Trans>
                    <input
                      className="input inline"
                      type="number"
                      inputMode="numeric"
                      min={1}
                      max={MOST_HOURS}
                      aria-label={t`Horas`}
                      value={hours}
                      onFocus={() => setUntil('hours')}
                      onChange={(event) => setHours(event.target.value)}
                    />
                    <Trans>horas</Trans>
                  </>
                ),
              },
              { value: 'agent', label: <Trans>até alguém da equipe escrever</Trans> },
            ]}
          />
          <Options
            legend={<Trans>Este atendimento</Trans>}
            name="ticket"
            value={ticket}
            choose={setTicket}
            options={[
              { value: 'keep', label: <Trans>continua aberto e depois volta para a equipe</Trans> },
              {
                value: 'close',
                label: <Trans>é encerrado, sem volta; o bot recomeça quando {firstName} escrever</Trans>,
              },
            ]}
          />
        </div>
        <Foot leave={leave} ready={ready}>
          <Bot className="i i-md" aria-hidden="true" />
          <Trans>Ativar bot</Trans>
        </Foot>
      </form>
    </Raised>
  )
}
