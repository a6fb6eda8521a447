/** What the app uses of this feature. */

export { UnsentDialog } from './outbox/UnsentDialog'
export { countUnsent, removeTexts, saveDrafts, type UnsentTexts } from './outbox/unsentTexts'
export { OutboxContext, useRunningOutbox } from './outbox/useOutbox'
export { TicketSheet } from './TicketSheet'
