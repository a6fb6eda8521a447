/** The types of the HTTP contract that most files use; generated. */

export type { Alive, Change, Conversation, Counts, Me, Message, Ticket, Viewers } from '../api'

import type { ListTicketsData } from '../api'

export type View = NonNullable<NonNullable<ListTicketsData['query']>['view']>
