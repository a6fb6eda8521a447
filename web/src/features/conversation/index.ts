/** What the app joins. */

export { OutboxContext, useOwnOutbox } from './outbox/useOutbox'
export { TicketSheet } from './TicketSheet'
