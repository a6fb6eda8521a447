/** The one EventSource: reconnects, resumes after the last event id, and emits what it receives. */

import type { QuickReplyNews } from '../../api'
import type { Alive, Change, Viewers } from '../contract'
import type { LiveEvent } from './liveEvents'

const MIN_RETRY_MS = 500
const MAX_RETRY_MS = 15_000
const SUPERSEDED_MS = 60_000

export class Feed {
  private source: EventSource | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private failures = 0
  private lostSince: number | null = null
  private state: LiveEvent = {
    kind: 'lost',
    since: Date.now(),
    retryAt: Date.now(),
    superseded: false,
  }

  constructor(
    private readonly emit: (event: LiveEvent) => void,
    private lastId: string | null = null,
  ) {}

  /** For a page that connects later. */
  get currentState(): LiveEvent {
    return this.state
  }

  open(): void {
    this.close()
    const resumes = this.lastId !== null
    const url = this.lastId === null ? '/v1/stream' : `/v1/stream?after=${encodeURIComponent(this.lastId)}`
    const source = new EventSource(url)
    this.source = source
    source.onopen = () => {
      this.failures = 0
      this.lostSince = null
      this.setState({ kind: 'connected' })
      // Without an id to resume from, pages fetched before now may miss changes.
      if (!resumes) this.emit({ kind: 'resync' })
    }
    source.addEventListener('change', (event) => {
      this.rememberId(event)
      this.emit({ kind: 'change', id: event.lastEventId, change: JSON.parse(event.data) as Change })
    })
    source.addEventListener('presence', ({ data }: MessageEvent<string>) => {
      this.emit({ kind: 'presence', presence: JSON.parse(data) as Viewers })
    })
    source.addEventListener('quick_reply', ({ data }: MessageEvent<string>) => {
      this.emit({ kind: 'quick_reply', news: JSON.parse(data) as QuickReplyNews })
    })
    source.addEventListener('alive', ({ data }: MessageEvent<string>) => {
      this.emit({ kind: 'alive', at: (JSON.parse(data) as Alive).at })
    })
    source.addEventListener('resync', (event) => {
      this.rememberId(event)
      this.emit({ kind: 'resync' })
    })
    // Twenty more of this person were opened since; one that came back at once would end another.
    source.addEventListener('superseded', () => this.reconnectLater(true))
    source.onerror = () => this.reconnectLater()
  }

  close(): void {
    clearTimeout(this.timer)
    this.source?.close()
    this.source = null
  }

  private rememberId(event: MessageEvent): void {
    if (event.lastEventId) this.lastId = event.lastEventId
  }

  /** EventSource stops for good on a 4xx or 5xx and hides the status, so reconnecting is done here. */
  private reconnectLater(superseded = false): void {
    this.close()
    this.failures += 1
    this.lostSince ??= Date.now()
    const usual = Math.min(MAX_RETRY_MS, MIN_RETRY_MS * 2 ** (this.failures - 1))
    const wait = Math.max(superseded ? SUPERSEDED_MS : 0, usual) * (0.75 + Math.random() / 2)
    this.setState({ kind: 'lost', since: this.lostSince, retryAt: Date.now() + wait, superseded })
    this.timer = setTimeout(() => this.open(), wait)
    void this.checkSession()
  }

  private async checkSession(): Promise<void> {
    try {
      const answer = await fetch('/v1/me', { headers: { Accept: 'application/json' } })
      if (answer.status === 401) this.emit({ kind: 'signed_out' })
    } catch {
      // An unreachable server says nothing about the session.
    }
  }

  private setState(state: LiveEvent): void {
    this.state = state
    this.emit(state)
  }
}
