/** Configures a channel. */

import { Trans, useLingui } from '@lingui/react/macro'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { Channel, ConfigureChannel } from '../../api'
import { Dialog, DialogFooter } from '../../ui/Dialog'
import { useAdminTeams } from './requests/useAdminTeams'

const HOUR_S = 3_600
const MINUTE_S = 60
const MAX_HOURS = 720
const MAX_MINUTES = MAX_HOURS * 60

interface ChannelFormProps {
  channel: Channel
  onClose: () => void
  onSubmit: (body: ConfigureChannel) => void
}

export function ChannelForm({ channel, onClose, onSubmit }: ChannelFormProps) {
  const { t } = useLingui()
  const teams = useAdminTeams()
  const [teamId, setTeamId] = useState(channel.team?.id ?? '')
  const [hasBot, setHasBot] = useState(channel.has_bot ?? false)
  const [hours, setHours] = useState(String((channel.reopen_within_s ?? 0) / HOUR_S))
  const [minutes, setMinutes] = useState(String((channel.return_after_s ?? 0) / MINUTE_S))
  const [answerHours, setAnswerHours] = useState(String((channel.active_message_return_s ?? 0) / HOUR_S))
  const [autoAssign, setAutoAssign] = useState(channel.auto_assign ?? false)
  const [sendsRead, setSendsRead] = useState(channel.sends_read ?? false)
  const [sendsTyping, setSendsTyping] = useState(channel.sends_typing ?? false)
  const canSubmit =
    isWithin(hours, MAX_HOURS) && isWithin(minutes, MAX_MINUTES) && isWithin(answerHours, MAX_HOURS)

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!canSubmit) return
    onSubmit({
      team_id: teamId || null,
      has_bot: hasBot,
      reopen_within_s: Math.round(Number(hours) * HOUR_S),
      return_after_s: Math.round(Number(minutes) * MINUTE_S),
      active_message_return_s: Math.round(Number(answerHours) * HOUR_S),
      auto_assign: autoAssign,
      sends_read: sendsRead,
      sends_typing: sendsTyping,
    })
    onClose()
  }
  return (
    <Dialog title={channel.name} onClose={onClose}>
      <form onSubmit={submit}>
        <div className="dialog-body">
          <Checkbox checked={hasBot} onChange={setHasBot}>
            <Trans>Um bot atende primeiro</Trans>
          </Checkbox>
          <div className="field">
            <label htmlFor="channel-team">
              <Trans>Equipe dos novos atendimentos</Trans>
            </label>
            <select
              id="channel-team"
              className="input"
              value={teamId}
              onChange={(event) => setTeamId(event.target.value)}
            >
              <option value="">{t`Nenhuma: fila geral`}</option>
              {teams.data?.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </div>
          <NumberField
            id="channel-reopen"
            label={<Trans>Reabrir se o cliente voltar em (horas)</Trans>}
            hint={<Trans>0: nunca</Trans>}
            max={MAX_HOURS}
            value={hours}
            onChange={setHours}
          />
          <NumberField
            id="channel-return"
            label={<Trans>Devolver à fila se quem atende não estiver (minutos)</Trans>}
            hint={<Trans>ao reabrir ou voltar do adiamento</Trans>}
            max={MAX_MINUTES}
            value={minutes}
            onChange={setMinutes}
          />
          <NumberField
            id="channel-active-message"
            label={<Trans>Resposta a uma mensagem ativa volta a quem a enviou (horas)</Trans>}
            hint={<Trans>0: nunca</Trans>}
            max={MAX_HOURS}
            value={answerHours}
            onChange={setAnswerHours}
          />
          <Checkbox checked={autoAssign} onChange={setAutoAssign}>
            <Trans>Distribuir sozinho a quem está disponível</Trans>
          </Checkbox>
          <Checkbox checked={sendsRead} onChange={setSendsRead}>
            <Trans>Mostrar ao cliente que a mensagem foi lida</Trans>
          </Checkbox>
          <Checkbox checked={sendsTyping} onChange={setSendsTyping}>
            <Trans>Mostrar ao cliente que alguém está escrevendo</Trans>
          </Checkbox>
        </div>
        <DialogFooter onClose={onClose} canSubmit={canSubmit}>
          <Trans>Salvar</Trans>
        </DialogFooter>
      </form>
    </Dialog>
  )
}

interface CheckboxProps {
  checked: boolean
  onChange: (checked: boolean) => void
  children: ReactNode
}

function Checkbox({ checked, onChange, children }: CheckboxProps) {
  return (
    <label className="opt">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <span>{children}</span>
    </label>
  )
}

function isWithin(written: string, max: number): boolean {
  return written.trim() !== '' && Number(written) >= 0 && Number(written) <= max
}

interface NumberFieldProps {
  id: string
  label: ReactNode
  hint: ReactNode
  max: number
  value: string
  onChange: (written: string) => void
}

function NumberField({ id, label, hint, max, value, onChange }: NumberFieldProps) {
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        <span className="hint">{hint}</span>
      </label>
      <input
        id={id}
        className="input"
        type="number"
        inputMode="decimal"
        min={0}
        max={max}
        step="any"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  )
}
