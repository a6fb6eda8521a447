/** What the live connection sends to the pages. */

import type { QuickReplyNews } from '../../api'
import type { Change, Viewers } from '../contract'

export type LiveEvent =
  | { kind: 'change'; id: string; change: Change }
  /** Who looks at a conversation. */
  | { kind: 'presence'; presence: Viewers }
  | { kind: 'quick_reply'; news: QuickReplyNews }
  /** The stream's sign of life, with the server's time. */
  | { kind: 'alive'; at: string }
  /** Everything fetched before may be outdated. */
  | { kind: 'resync' }
  | { kind: 'connected' }
  /** `since` and `retryAt` are milliseconds since 1970; `superseded` by many newer ones of the same person. */
  | { kind: 'lost'; since: number; retryAt: number; superseded: boolean }
  | { kind: 'signed_out' }

/** What a page sends to the live connection. */
export type LiveCommand = { kind: 'hello'; lock: string } | { kind: 'bye' } | { kind: 'retry' }
