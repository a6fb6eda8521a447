/** Channels: bot, team, and how long a ticket can be reopened. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Bot, MessageCircle, Pencil } from 'lucide-react'
import { useState } from 'react'
import type { Channel } from '../../api'
import { formatDuration } from '../../lib/time'
import { AdminList } from './AdminList'
import { ChannelForm } from './ChannelForm'
import { useAdminChannels } from './requests/useAdminChannels'
import { useConfigureChannel } from './requests/useConfigureChannel'

export function Channels() {
  const { t } = useLingui()
  const channels = useAdminChannels()
  const configure = useConfigureChannel()
  const [edited, setEdited] = useState<Channel | null>(null)
  return (
    <>
      <p className="soft">
        <Trans>Os números de WhatsApp da empresa. O que muda aqui vale a partir da próxima mensagem.</Trans>
      </p>
      <AdminList label={t`Canais`} query={channels} empty={<Trans>Nenhum número ligado ainda.</Trans>}>
        {(channel) => <ChannelRow key={channel.id} channel={channel} onEdit={() => setEdited(channel)} />}
      </AdminList>
      {edited && (
        <ChannelForm
          channel={edited}
          onClose={() => setEdited(null)}
          onSubmit={(body) => configure.mutate({ id: edited.id, name: edited.name, body })}
        />
      )}
    </>
  )
}

function ChannelRow({ channel, onEdit }: { channel: Channel; onEdit: () => void }) {
  const { t } = useLingui()
  const reopens = channel.reopen_within_s ?? 0
  return (
    <li className="admin-row">
      <span className="admin-icon">
        {channel.has_bot ? (
          <Bot className="i" aria-hidden="true" />
        ) : (
          <MessageCircle className="i" aria-hidden="true" />
        )}
      </span>
      <span className="admin-text">
        <b>{channel.name}</b>
        <small>
          {channel.has_bot ? t`bot atende primeiro` : t`sem bot`} ·{' '}
          {channel.team ? t`fila de ${channel.team.name}` : t`fila geral`} ·{' '}
          {reopens > 0 ? t`reabre em até ${formatDuration(reopens * 1000)}` : t`nunca reabre`}
          {channel.auto_assign && ` · ${t`distribui sozinho`}`}
        </small>
      </span>
      <button type="button" className="btn" aria-label={t`Editar ${channel.name}`} onClick={onEdit}>
        <Pencil className="i i-md" aria-hidden="true" />
        <Trans>Editar</Trans>
      </button>
    </li>
  )
}
