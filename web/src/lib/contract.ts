/** The words of the HTTP contract that the screens speak; the generated client stands behind. */

export type { Change, Conversation, Counts, Me, Message, Ticket, Viewers } from '../api'

import type { ListTicketsData } from '../api'

export type View = NonNullable<NonNullable<ListTicketsData['query']>['view']>
