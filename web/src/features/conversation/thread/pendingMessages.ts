/** The outgoing messages that the thread does not show yet. */

import type { Message } from '../../../lib/contract'
import type { OutgoingMessage } from '../outbox/outbox'

const sameText = (a: string, b: string): boolean => a.normalize('NFC').trim() === b.normalize('NFC').trim()

/**
 * The stream may bring a message before the response with its id arrives. Until then an agent's message with the
 * same text, newer than the thread was when it was written, counts as that message.
 */
export function pendingMessages(
  outgoing: readonly OutgoingMessage[],
  thread: readonly Message[],
): OutgoingMessage[] {
  const shown = new Set(thread.map((message) => message.id))
  const claimed = new Set(outgoing.map((one) => one.messageId))
  return outgoing.filter((one) => {
    if (one.refused) return true
    if (one.messageId) return !shown.has(one.messageId)
    const twin = thread.findLast(
      (message) =>
        message.author.kind === 'agent' &&
        message.position > one.after &&
        !claimed.has(message.id) &&
        sameText(message.text ?? '', one.text),
    )
    if (twin) claimed.add(twin.id)
    return !twin
  })
}
