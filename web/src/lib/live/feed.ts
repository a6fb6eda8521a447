/** The one EventSource on the stream: follows it, resumes after the last id, and tells what it hears. */

import type { Change, Viewers } from '../contract'
import type { News } from './liveEvents'

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000

export class Feed {
  private source: EventSource | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private failures = 0
  private lostSince: number | null = null
  private state: News = { kind: 'lost', since: Date.now(), retryAt: Date.now() }

  constructor(
    private readonly tell: (news: News) => void,
    private lastId: string | null = null,
  ) {}

  /** How it stands, for a page that comes later. */
  get standing(): News {
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
      this.say({ kind: 'connected' })
      // Without an id to resume from, what was read before this moment may lack what happened in between.
      if (!resumes) this.tell({ kind: 'resync' })
    }
    source.addEventListener('change', (event) => {
      this.keep(event)
      this.tell({ kind: 'change', id: event.lastEventId, change: JSON.parse(event.data) as Change })
    })
    source.addEventListener('presence', ({ data }: MessageEvent<string>) => {
      this.tell({ kind: 'presence', presence: JSON.parse(data) as Viewers })
    })
    source.addEventListener('resync', (event) => {
      this.keep(event)
      this.tell({ kind: 'resync' })
    })
    source.onerror = () => this.lose()
  }

  close(): void {
    clearTimeout(this.timer)
    this.source?.close()
    this.source = null
  }

  private keep(event: MessageEvent): void {
    if (event.lastEventId) this.lastId = event.lastEventId
  }

  /** EventSource gives up for good on a 4xx or 5xx and hides which, so every reconnect is ours. */
  private lose(): void {
    this.close()
    this.failures += 1
    this.lostSince ??= Date.now()
    const wait =
      Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.failures - 1)) * (0.75 + Math.random() / 2)
    this.say({ kind: 'lost', since: this.lostSince, retryAt: Date.now() + wait })
    this.timer = setTimeout(() => this.open(), wait)
    void this.askWhetherSignedIn()
  }

  private async askWhetherSignedIn(): Promise<void> {
    try {
      const answer = await fetch('/v1/me', { headers: { Accept: 'application/json' } })
      if (answer.status === 401) this.tell({ kind: 'signed_out' })
    } catch {
      // Unreachable says nothing about the session.
    }
  }

  private say(state: News): void {
    this.state = state
    this.tell(state)
  }
}
