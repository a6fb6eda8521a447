/** The thread as rows: what stands above a message, and where a group of one author ends. */

import type { Message } from '../../../lib/contract'
import { sameDay } from '../../../lib/time'
import type { Delivery } from '../../../ui/Ticks'
import type { Outgoing } from '../outbox/outbox'

export interface Row {
  key: string
  message: Message
  /** Ours, not yet in the thread. */
  outgoing: Outgoing | null
  /** The first that one had not read when one came. */
  opensNew: boolean
  opensDay: boolean
  opensGroup: boolean
  closesGroup: boolean
}

const voice = (message: Message): string =>
  `${message.direction}/${message.author.kind}/${message.author.name}`

const isNotice = (message: Message): boolean => message.type === 'system'

export function rowsOf(
  thread: readonly Message[],
  written: readonly Outgoing[],
  myName: string,
  firstNew: string | null = null,
): Row[] {
  const lines = [
    ...thread.map((message) => ({ message, outgoing: null })),
    ...written.map((outgoing) => ({ message: drawn(outgoing, myName), outgoing })),
  ]
  return lines.map(({ message, outgoing }, at) => {
    const before = lines[at - 1]?.message
    const after = lines[at + 1]?.message
    const opensNew = message.id === firstNew
    const opensDay = !before || !sameDay(before.sent_at, message.sent_at)
    return {
      key: outgoing?.key ?? message.id,
      message,
      outgoing,
      opensNew,
      opensDay,
      opensGroup:
        opensDay || opensNew || isNotice(before as Message) || voice(before as Message) !== voice(message),
      closesGroup:
        !after ||
        after.id === firstNew ||
        isNotice(after) ||
        voice(after) !== voice(message) ||
        !sameDay(after.sent_at, message.sent_at),
    }
  })
}

/** A written text as the message that it will be. */
function drawn(one: Outgoing, myName: string): Message {
  const status: Delivery = one.refused ? 'failed' : 'pending'
  return {
    id: one.key,
    conversation_id: one.conversationId,
    ticket: null,
    direction: 'out',
    type: 'text',
    text: one.text,
    author: { kind: 'agent', name: myName },
    sent_at: one.at,
    status,
    error: null,
    provider_id: null,
    position: Number.MAX_SAFE_INTEGER,
    quoted_id: null,
    reactions: [],
    edited: false,
    revoked: false,
    truncated: false,
    mentions: [],
    stale: false,
  }
}
