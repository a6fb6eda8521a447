/** What an agent does with a ticket: take it, hand it on, put it off, close it, mark it; and take that back. */

import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import {
  assign,
  closeTicket,
  giveToBot,
  markAnswered,
  pin,
  setTags,
  snooze,
  transferTicket,
  unassign,
  undoMove,
  unpin,
  wake,
} from '../../../../api'
import type { Conversation, Ticket } from '../../../../lib/contract'
import { answered, Problem, wordsFor } from '../../../../lib/problem'
import { keys } from '../../../../lib/queryKeys'
import { dayAndHour } from '../../../../lib/time'
import type { ToBot } from '../BotDialog'
import type { End } from '../CloseDialog'
import type { PutOff } from '../SnoozeDialog'
import type { Transfer } from '../TransferDialog'

/** Where somebody was faster, who it was. */
export function moved(problem: unknown): string | null {
  if (!(problem instanceof Problem) || problem.code !== 'control_moved') return null
  const name = (problem.facts.owner as { name?: string } | null | undefined)?.name
  return name
    ? t`${name} já está com este atendimento.`
    : t`O atendimento mudou enquanto isso. Confira e tente de novo.`
}

const refusal = (problem: unknown): string => moved(problem) ?? t`Não deu certo: ${wordsFor(problem)}.`

/** A move that was just made, and until when its maker may take it back. */
interface Made {
  control: number
  undo_until: string | null
}

/** The stream brings what became of it; asking again is for when the stream is cut. */
export function useTicketActions(ticket: Ticket, meId: string) {
  const cache = useQueryClient()
  const path = { conversation_id: ticket.conversation_id }
  const headers = { 'If-Match': `"${ticket.control}"` }
  const options = {
    onError: (problem: unknown) => toast.error(refusal(problem)),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.conversation(ticket.conversation_id) }),
  }
  /** Says what was done, with a way back as long as there is one. */
  const done = (words: string, { control, undo_until }: Made, undone = t`Desfeito: está como antes.`) => {
    const left = undo_until ? Date.parse(undo_until) - Date.now() : 0
    if (left <= 0) return toast.success(words)
    const takeBack = async () => {
      try {
        await answered(undoMove({ path, headers: { 'If-Match': `"${control}"` } }))
        toast.success(undone)
      } catch (problem) {
        toast.error(refusal(problem))
      }
      options.onSettled()
    }
    return toast.success(words, {
      duration: left,
      closeButton: true,
      action: { label: t`Desfazer`, onClick: () => void takeBack() },
    })
  }

  const take = useMutation({
    mutationFn: () => answered(assign({ path, headers, body: { assignee_id: meId } })),
    ...options,
    onSuccess: () => toast.success(t`O atendimento é seu.`),
  })
  const giveBack = useMutation({
    mutationFn: () => answered(unassign({ path, headers })),
    ...options,
    onSuccess: () => toast.success(t`Atendimento devolvido à fila.`),
  })
  const handOn = useMutation({
    mutationFn: ({ body }: { body: Transfer; to: string }) =>
      answered(transferTicket({ path, headers, body })),
    ...options,
    onSuccess: (made, { to }) => done(t`Conversa transferida para ${to}.`, made),
  })
  const toBot = useMutation({
    mutationFn: (body: ToBot) => answered(giveToBot({ path, headers, body })),
    ...options,
    onSuccess: () => toast.success(t`O bot está com a conversa.`),
  })
  const putOff = useMutation({
    mutationFn: (wanted: PutOff) => answered(snooze({ path, headers, body: wanted })),
    ...options,
    onSuccess: (made) => {
      const hour = dayAndHour(made.snoozed_until, Date.now())
      done(t`Conversa adiada: volta ${hour}.`, made)
    },
  })
  const callBack = useMutation({
    mutationFn: () => answered(wake({ path, headers })),
    ...options,
    onSuccess: () => toast.success(t`A conversa voltou para a lista.`),
  })
  const close = useMutation({
    mutationFn: (body: End) => answered(closeTicket({ path, headers, body })),
    ...options,
    onSuccess: (made) =>
      done(
        t`Atendimento encerrado.`,
        made,
        t`Atendimento reaberto. O que estava agendado continua cancelado.`,
      ),
  })
  const mark = useMutation({
    mutationFn: (is: boolean) => answered(markAnswered({ path, body: { answered: is } })),
    ...options,
  })
  const tag = useMutation({
    mutationFn: (tags: string[]) => answered(setTags({ path, body: { tags } })),
    onMutate: (tags) => {
      const shown = (have: Conversation | undefined) => have && { ...have, ticket: { ...have.ticket, tags } }
      cache.setQueryData<Conversation>(keys.conversation(ticket.conversation_id), shown)
    },
    ...options,
  })
  const pinning = useMutation({
    mutationFn: (on: boolean) => answered(on ? pin({ path }) : unpin({ path })),
    ...options,
  })
  return { take, giveBack, handOn, toBot, putOff, callBack, close, mark, tag, pinning }
}
