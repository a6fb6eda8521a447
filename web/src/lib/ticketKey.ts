/** What names a ticket: its conversation, and its number there. */
export const ticketKey = (ticket: { conversation_id: string; number: number }): string =>
  `${ticket.conversation_id}/${ticket.number}`
