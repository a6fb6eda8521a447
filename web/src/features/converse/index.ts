/** What the app joins. */

export { TicketSheet } from './TicketSheet'
export { OutboxContext, useOwnOutbox } from './useOutbox'
