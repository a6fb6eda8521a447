/** Numbers: who answers first, whose queue it is, how long a ticket goes on. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Bot, MessageCircle, Pencil } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { Channel, ConfigureChannel } from '../../api'
import { span } from '../../lib/time'
import { Foot, Raised } from '../../ui/Dialog'
import { Listed } from './AdminList'
import { useChannels, useConfigureChannel, useTeams } from './requests/useAdminMutation'

const HOUR_S = 3_600
const MOST_HOURS = 720

export function Channels() {
  const { t } = useLingui()
  const channels = useChannels()
  const configure = useConfigureChannel()
  const [chosen, choose] = useState<Channel | null>(null)
  return (
    <>
      <p className="soft">
        <Trans>Os números de WhatsApp da empresa. O que muda aqui vale a partir da próxima mensagem.</Trans>
      </p>
      <Listed label={t`Canais`} query={channels} none={<Trans>Nenhum número ligado ainda.</Trans>}>
        {(channel) => <ChannelLine key={channel.id} channel={channel} edit={() => choose(channel)} />}
      </Listed>
      {chosen && (
        <ChannelForm
          channel={chosen}
          leave={() => choose(null)}
          wanted={(body) => configure.mutate({ id: chosen.id, name: chosen.name, body })}
        />
      )}
    </>
  )
}

function ChannelLine({ channel, edit }: { channel: Channel; edit: () => void }) {
  const { t } = useLingui()
  const reopens = channel.reopen_within_s ?? 0
  return (
    <li className="owned-line">
      <span className="owned-sign">
        {channel.has_bot ? (
          <Bot className="i" aria-hidden="true" />
        ) : (
          <MessageCircle className="i" aria-hidden="true" />
        )}
      </span>
      <span className="owned-words">
        <b>{channel.name}</b>
        <small>
          {channel.has_bot ? t`bot atende primeiro` : t`sem bot`} ·{' '}
          {channel.team ? t`fila de ${channel.team.name}` : t`fila geral`} ·{' '}
          {reopens > 0 ? t`reabre em até ${span(reopens * 1000)}` : t`nunca reabre`}
          {channel.auto_assign && ` · ${t`distribui sozinho`}`}
        </small>
      </span>
      <button type="button" className="btn" aria-label={t`Editar ${channel.name}`} onClick={edit}>
        <Pencil className="i i-md" aria-hidden="true" />
        <Trans>Editar</Trans>
      </button>
    </li>
  )
}

interface ChannelFormProps {
  channel: Channel
  leave: () => void
  wanted: (body: ConfigureChannel) => void
}

function ChannelForm({ channel, leave, wanted }: ChannelFormProps) {
  const { t } = useLingui()
  const teams = useTeams()
  const [team, setTeam] = useState(channel.team?.id ?? '')
  const [hasBot, setHasBot] = useState(channel.has_bot ?? false)
  const [hours, setHours] = useState(String((channel.reopen_within_s ?? 0) / HOUR_S))
  const [assigns, setAssigns] = useState(channel.auto_assign ?? false)
  const [read, setRead] = useState(channel.sends_read ?? false)
  const [typing, setTyping] = useState(channel.sends_typing ?? false)
  const many = Number(hours)
  const ready = hours.trim() !== '' && many >= 0 && many <= MOST_HOURS

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!ready) return
    wanted({
      team_id: team || null,
      has_bot: hasBot,
      reopen_within_s: Math.round(many * HOUR_S),
      auto_assign: assigns,
      sends_read: read,
      sends_typing: typing,
    })
    leave()
  }
  return (
    <Raised title={channel.name} leave={leave}>
      <form onSubmit={submit}>
        <div className="asked">
          <Tick checked={hasBot} set={setHasBot}>
            <Trans>Um bot atende primeiro</Trans>
          </Tick>
          <div className="field">
            <label htmlFor="channel-team">
              <Trans>Equipe dos novos atendimentos</Trans>
            </label>
            <select
              id="channel-team"
              className="input"
              value={team}
              onChange={(event) => setTeam(event.target.value)}
            >
              <option value="">{t`Nenhuma: fila geral`}</option>
              {teams.data?.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </div>
          <div className="field">
            <label htmlFor="channel-reopen">
              <Trans>Reabrir se o cliente voltar em (horas)</Trans>
              <span className="hint">
                <Trans>0: nunca</Trans>
              </span>
            </label>
            <input
              id="channel-reopen"
              className="input"
              type="number"
              inputMode="decimal"
              min={0}
              max={MOST_HOURS}
              step="any"
              value={hours}
              onChange={(event) => setHours(event.target.value)}
            />
          </div>
          <Tick checked={assigns} set={setAssigns}>
            <Trans>Distribuir sozinho a quem está disponível</Trans>
          </Tick>
          <Tick checked={read} set={setRead}>
            <Trans>Mostrar ao cliente que a mensagem foi lida</Trans>
          </Tick>
          <Tick checked={typing} set={setTyping}>
            <Trans>Mostrar ao cliente que alguém está escrevendo</Trans>
          </Tick>
        </div>
        <Foot leave={leave} ready={ready}>
          <Trans>Salvar</Trans>
        </Foot>
      </form>
    </Raised>
  )
}

interface TickProps {
  checked: boolean
  set: (checked: boolean) => void
  children: ReactNode
}

function Tick({ checked, set, children }: TickProps) {
  return (
    <label className="opt">
      <input type="checkbox" checked={checked} onChange={(event) => set(event.target.checked)} />
      <span>{children}</span>
    </label>
  )
}
