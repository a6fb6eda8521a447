/** Gives one or several conversations to the bot: until when, and whether the tickets are closed. */

import { t } from '@lingui/core/macro'
import { Plural, Trans } from '@lingui/react/macro'
import { Bot } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { firstNameOf } from '../../../lib/firstName'
import { Dialog, DialogFooter } from '../../../ui/Dialog'
import { RadioGroup } from '../../../ui/RadioGroup'

export interface ToBot {
  until: 'flow_end' | 'hours' | 'agent'
  hours: number | null
  close: boolean
}

const MAX_HOURS = 168

interface BotDialogProps {
  title: ReactNode
  /** The contact's name; undefined for several conversations. */
  name?: string
  /** How many conversations are given to the bot. */
  many?: number
  onClose: () => void
  onSubmit: (what: ToBot) => void
}

export function BotDialog({ title, name, many = 1, onClose, onSubmit }: BotDialogProps) {
  const [until, setUntil] = useState<ToBot['until']>('flow_end')
  const [hours, setHours] = useState('4')
  const [ticket, setTicket] = useState<'keep' | 'close'>('keep')
  const firstName = name ? firstNameOf(name) : t`o cliente`
  const parsedHours = Number(hours)
  const canSubmit =
    until !== 'hours' || (Number.isInteger(parsedHours) && parsedHours >= 1 && parsedHours <= MAX_HOURS)

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!canSubmit) return
    onSubmit({ until, hours: until === 'hours' ? parsedHours : null, close: ticket === 'close' })
    onClose()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        <div className="dialog-body">
          <RadioGroup
            legend={<Trans>O bot atende</Trans>}
            name="until"
            value={until}
            onChange={setUntil}
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
                      max={MAX_HOURS}
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
          <RadioGroup
            legend={<Plural value={many} one="Este atendimento" other="Estes atendimentos" />}
            name="ticket"
            value={ticket}
            onChange={setTicket}
            options={[
              {
                value: 'keep',
                label: (
                  <Plural
                    value={many}
                    one="continua aberto e depois volta para a equipe"
                    other="continuam abertos e depois voltam para a equipe"
                  />
                ),
              },
              {
                value: 'close',
                label: (
                  <Plural
                    value={many}
                    one={`é encerrado, sem volta; o bot recomeça quando ${firstName} escrever`}
                    other="são encerrados, sem volta; o bot recomeça quando cada cliente escrever"
                  />
                ),
              },
            ]}
          />
        </div>
        <DialogFooter onClose={onClose} canSubmit={canSubmit}>
          <Bot className="i i-md" aria-hidden="true" />
          <Trans>Ativar bot</Trans>
        </DialogFooter>
      </form>
    </Dialog>
  )
}
