/** What the app uses of this feature. */

export { OutboxContext, useRunningOutbox } from './outbox/useOutbox'
export { TicketSheet } from './TicketSheet'
