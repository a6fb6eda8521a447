/** The identity of a ticket: its conversation, and its number in it. */
export const ticketKey = (ticket: { conversation_id: string; number: number }): string =>
  `${ticket.conversation_id}/${ticket.number}`
