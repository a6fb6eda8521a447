/** Which written texts the thread does not show yet: they are drawn below it. */

import type { Message } from '../../../lib/contract'
import type { Outgoing } from '../outbox/outbox'

const same = (a: string, b: string): boolean => a.normalize('NFC').trim() === b.normalize('NFC').trim()

/**
 * The stream may bring a message before the server's answer names it. Until then an agent's message with the
 * same words, newer than the thread was at writing, is taken for it.
 */
export function stillOnTheWay(written: readonly Outgoing[], thread: readonly Message[]): Outgoing[] {
  const shown = new Set(thread.map((message) => message.id))
  const claimed = new Set(written.map((one) => one.messageId))
  return written.filter((one) => {
    if (one.refused) return true
    if (one.messageId) return !shown.has(one.messageId)
    const twin = thread.findLast(
      (message) =>
        message.author.kind === 'agent' &&
        message.position > one.after &&
        !claimed.has(message.id) &&
        same(message.text ?? '', one.text),
    )
    if (twin) claimed.add(twin.id)
    return !twin
  })
}
