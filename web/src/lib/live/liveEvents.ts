/** What the live connection tells the pages. */

import type { Change, Viewers } from '../contract'

export type News =
  | { kind: 'change'; id: string; change: Change }
  /** Who looks at a conversation now. */
  | { kind: 'presence'; presence: Viewers }
  /** Whatever was read before may be old: read it again. */
  | { kind: 'resync' }
  | { kind: 'connected' }
  /** `since` and `retryAt` are milliseconds since 1970. */
  | { kind: 'lost'; since: number; retryAt: number }
  | { kind: 'signed_out' }

/** What a page asks of the connection. */
export type Wish = { kind: 'hello'; lock: string } | { kind: 'bye' } | { kind: 'retry' }
