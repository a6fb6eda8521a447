/** The events of a conversation in words. */

import { t } from '@lingui/core/macro'
import type { HistoryItem } from '../../../api'
import { formatDayAndTime } from '../../../lib/time'
import { messageKind } from '../../../ui/messageKind'
import { handOffReason } from '../handOffReason'

export interface EventText {
  title: string
  /** What was said, or the reason. */
  detail: string | null
  /** A technical step, hidden by default. */
  isInternal: boolean
}

/** The name of an agent or team by id; null when it is no longer known. */
export type NameOf = (id: unknown) => string | null

export function eventText(item: HistoryItem, nameOf: NameOf, now: number): EventText {
  const { data } = item
  const text = (key: string): string | null => (typeof data[key] === 'string' ? (data[key] as string) : null)
  const time = (key: string): string => {
    const at = text(key)
    return at ? formatDayAndTime(at, now) : ''
  }
  const messageText = (): string | null => text('text') ?? messageKind(text('type') ?? 'text')?.name ?? null
  const fact = (title: string, detail: string | null = null): EventText => ({
    title,
    detail,
    isInternal: false,
  })
  const internal = (title: string, detail: string | null = null): EventText => ({
    title,
    detail,
    isInternal: true,
  })
  const reason = text('reason')
  const byApp = item.who.kind === 'system'

  switch (item.type) {
    case 'conversation.started':
      return fact(t`A conversa começou`)
    case 'conversation.ticket_opened':
      return fact(t`Atendimento ${item.ticket ?? ''} aberto`)
    case 'conversation.handed_off':
      return fact(t`Passou para a equipe`, reason && handOffReason(reason))
    case 'conversation.message_received':
      return fact(t`O cliente escreveu`, messageText())
    case 'conversation.message_sent': {
      if (data.author === 'bot') return fact(t`O bot escreveu`, messageText())
      const used = item.quick_replies.map(({ name, version }) => t`“${name}”, versão ${version}`).join('; ')
      return fact(used ? t`Mensagem ao cliente, com ${used}` : t`Mensagem ao cliente`, messageText())
    }
    case 'conversation.message_echoed':
      return fact(t`Mensagem ao cliente, pelo aplicativo`, messageText())
    case 'conversation.message_imported':
      return fact(t`Mensagem de antes, trazida do celular`, messageText())
    case 'conversation.notice_received':
      return internal(t`Aviso do WhatsApp`, messageText())
    case 'conversation.reaction_changed':
      return fact(text('emoji') ? t`Reação a uma mensagem` : t`Reação retirada`, text('emoji'))
    case 'conversation.message_edited':
      return fact(
        byApp ? t`Mensagem corrigida no aplicativo` : t`O cliente corrigiu uma mensagem`,
        text('text'),
      )
    case 'conversation.message_revoked':
      return fact(byApp ? t`Mensagem apagada no aplicativo` : t`O cliente apagou uma mensagem`)
    case 'conversation.assigned':
      return fact(t`Atribuído a ${nameOf(data.agent_id) ?? t`alguém da equipe`}`)
    case 'conversation.unassigned':
      return fact(
        t`Devolvido à fila`,
        data.left
          ? t`${nameOf(data.left) ?? t`Quem atendia`} deixou de atender`
          : data.absent
            ? t`${nameOf(data.absent) ?? t`Quem atendia`} não estava disponível`
            : null,
      )
    case 'conversation.owner_present':
      return internal(t`Quem atende estava disponível`)
    case 'conversation.transferred':
      return fact(
        t`Transferido para ${nameOf(data.agent_id) ?? nameOf(data.queue) ?? t`a fila geral`}`,
        text('note'),
      )
    case 'conversation.marked_answered':
      return fact(t`Marcada como respondida`)
    case 'conversation.marked_unanswered':
      return fact(t`Marcada como não respondida`)
    case 'conversation.answer_failed':
      return fact(t`A resposta não chegou`, data.failed ? t`O cliente espera de novo` : null)
    case 'conversation.answer_restored':
      return fact(t`A resposta que tinha falhado vale de novo`)
    case 'conversation.snoozed':
      return fact(t`Adiada até ${time('until')}`, reason)
    case 'conversation.woken':
      return fact(wakeText(text('cause')))
    case 'conversation.window_watched':
      return internal(t`Hora do aviso da janela marcada`)
    case 'conversation.window_closing':
      return fact(t`Aviso: a janela fecha ${time('ends_at')}`)
    case 'conversation.bot_reactivated':
      return fact(t`Bot ativado`, botUntilText(text('until'), time('back_at')))
    case 'conversation.bot_waits':
      return internal(t`O bot espera o cliente`)
    case 'conversation.bot_reply_refused':
      return fact(t`Resposta atrasada do bot recusada`, text('text'))
    case 'conversation.note_added':
      return fact(t`Nota interna`, text('text'))
    case 'conversation.tagged':
      return fact(t`Etiqueta posta`, text('tag'))
    case 'conversation.untagged':
      return fact(t`Etiqueta tirada`, text('tag'))
    case 'conversation.message_scheduled':
      return fact(t`Envio agendado: ${time('due_at')}`, text('text'))
    case 'conversation.schedule_ended':
      return data.message_id ? fact(t`Envio agendado saiu`) : fact(t`Envio agendado cancelado`)
    case 'conversation.closed':
      return fact(t`Atendimento encerrado`, reason)
    case 'conversation.reopened':
      return fact(t`Atendimento reaberto: o cliente voltou a escrever`)
    case 'conversation.move_undone':
      return fact(undoText(text('move')))
    case 'conversation.erased':
      return fact(t`Dados do cliente apagados`)
    case 'delivery.attempt_started':
      return internal(t`Envio ao WhatsApp começado`)
    case 'delivery.accepted':
      return internal(t`O WhatsApp aceitou a mensagem`)
    case 'delivery.delivered':
      return internal(t`Mensagem entregue`)
    case 'delivery.read':
      return internal(t`Mensagem lida`)
    case 'delivery.failed':
      return fact(t`A mensagem não foi enviada`, text('title'))
    case 'delivery.retry_due':
      return internal(t`Nova tentativa marcada`)
    case 'delivery.retry_requested':
      return fact(t`Nova tentativa pedida`)
    case 'delivery.unconfirmed':
      return fact(t`O envio ficou sem confirmação`)
  }
  // A type that is newer than this page has no words yet.
  return internal(t`Outro acontecimento`)
}

function wakeText(cause: string | null): string {
  if (cause === 'time') return t`Voltou na hora marcada`
  if (cause === 'customer') return t`Voltou porque o cliente escreveu`
  return t`Retomada antes da hora`
}

function botUntilText(until: string | null, back: string): string {
  if (until === 'hours') return t`até ${back}`
  if (until === 'agent') return t`até a equipe escrever`
  return t`até o fluxo terminar`
}

function undoText(move: string | null): string {
  if (move === 'close') return t`Encerramento desfeito`
  if (move === 'snooze') return t`Adiamento desfeito`
  return t`Transferência desfeita`
}
