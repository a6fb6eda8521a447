/** The thread as rows: day headings, the unread line, and groups of one author. */

import type { Message } from '../../../lib/contract'
import { isSameDay } from '../../../lib/time'
import type { DeliveryStatus } from '../../../ui/Ticks'
import type { OutgoingMessage } from '../outbox/outbox'

export interface Row {
  key: string
  message: Message
  /** Set for an outgoing message that the thread does not have yet. */
  outgoing: OutgoingMessage | null
  /** The first message that was unread when the conversation was opened. */
  opensUnread: boolean
  opensDay: boolean
  opensGroup: boolean
  closesGroup: boolean
}

const authorKey = (message: Message): string =>
  `${message.direction}/${message.author.kind}/${message.author.name}`

const isNotice = (message: Message): boolean => message.type === 'system'

export function toRows(
  thread: readonly Message[],
  outgoing: readonly OutgoingMessage[],
  myName: string,
  firstUnread: string | null = null,
): Row[] {
  const lines = [
    ...thread.map((message) => ({ message, outgoing: null })),
    ...outgoing.map((outgoing) => ({ message: asMessage(outgoing, myName), outgoing })),
  ]
  return lines.map(({ message, outgoing }, at) => {
    const before = lines[at - 1]?.message
    const after = lines[at + 1]?.message
    const opensUnread = message.id === firstUnread
    const opensDay = !before || !isSameDay(before.sent_at, message.sent_at)
    return {
      key: outgoing?.key ?? message.id,
      message,
      outgoing,
      opensUnread,
      opensDay,
      opensGroup:
        opensDay ||
        opensUnread ||
        isNotice(before as Message) ||
        authorKey(before as Message) !== authorKey(message),
      closesGroup:
        !after ||
        after.id === firstUnread ||
        isNotice(after) ||
        authorKey(after) !== authorKey(message) ||
        !isSameDay(after.sent_at, message.sent_at),
    }
  })
}

/** An outgoing message in the shape of a stored one. */
function asMessage(one: OutgoingMessage, myName: string): Message {
  const status: DeliveryStatus = one.refused ? 'failed' : 'pending'
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
    quotes_unknown: false,
    reactions: [],
    edited: false,
    revoked: false,
    truncated: false,
    erased: false,
    template: null,
    mentions: [],
    stale: false,
  }
}
