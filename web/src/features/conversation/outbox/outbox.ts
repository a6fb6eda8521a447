/**
 * Messages that the server has not confirmed yet. The outbox survives a reload and sends in the order of writing;
 * each message keeps its Idempotency-Key, so one that is sent twice is stored once.
 */

import { sendMessage } from '../../../api'
import { cleanText } from '../../../lib/cleanText'
import { Problem, unwrap } from '../../../lib/problem'
import { randomUuid } from '../../../lib/randomUuid'
import { serverNow } from '../../../lib/serverClock'
import { readStored, writeStored } from '../../../lib/storage'

export interface OutgoingMessage {
  key: string
  conversationId: string
  text: string
  /** The quick replies in it; those from before they were told have none. */
  quickReplies?: readonly QuickReplyUse[]
  /** When it was written; orders the queue. */
  at: string
  /** The newest position in the thread when it was written. */
  after: number
  /** Set once the server has accepted it. */
  messageId: string | null
  /** Set when the server refused it; the agent then retries or discards it. */
  refused: { status: number; code: string } | null
}

/** Which version of a quick reply was used. */
export interface QuickReplyUse {
  id: string
  version: number
}

const MAX_RETRY_MS = 15_000

export class Outbox {
  private listeners = new Set<() => void>()
  private messages: readonly OutgoingMessage[] = []
  private sending = false
  private sendAgain = false
  private failures = 0
  private closed = false
  /** Nothing is sent once the page of this agent is left: the session may be another agent's by then. */
  private stopped = false
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly prefix: string

  constructor(userId: string) {
    this.prefix = `balcao.out.${userId}.`
    // What the server accepted before a reload is in the thread by now.
    for (const message of this.read()) if (message.messageId) writeStored(this.prefix + message.key, null)
    this.reload()
  }

  /** Starts sending; call the result to stop. */
  start(): () => void {
    this.stopped = false
    const changed = (event: StorageEvent) => {
      if (event.key === null || event.key.startsWith(this.prefix)) this.reload()
    }
    const online = () => this.send()
    addEventListener('storage', changed)
    addEventListener('online', online)
    this.send()
    return () => {
      removeEventListener('storage', changed)
      removeEventListener('online', online)
      this.stopped = true
      clearTimeout(this.timer)
    }
  }

  /** Stops for good; what is being sent now is not stored any more. */
  close(): void {
    this.closed = true
    this.messages = []
    clearTimeout(this.timer)
    this.notify()
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  items = (): readonly OutgoingMessage[] => this.messages

  add(
    conversationId: string,
    text: string,
    after: number,
    quickReplies: readonly QuickReplyUse[] = [],
  ): void {
    const at = new Date(serverNow()).toISOString()
    this.save({
      key: randomUuid(),
      conversationId,
      text: cleanText(text),
      quickReplies,
      at,
      after,
      messageId: null,
      refused: null,
    })
    this.send()
  }

  retry(message: OutgoingMessage): void {
    this.save({ ...message, refused: null })
    this.send()
  }

  remove(key: string): void {
    writeStored(this.prefix + key, null)
    this.messages = this.messages.filter((message) => message.key !== key)
    this.notify()
  }

  /** Sends what is waiting at once, without waiting for the retry. */
  send = (): void => {
    clearTimeout(this.timer)
    if (this.closed || this.stopped) return
    this.sendAgain = true
    if (this.sending) return
    this.sending = true
    this.sendAgain = false
    const work = () => this.sendAll()
    // Tabs share the queue, and one tab sends at a time.
    const turn = navigator.locks ? navigator.locks.request(`${this.prefix}lock`, work) : work()
    void turn.finally(() => {
      this.sending = false
      // A message was added after the queue was last read.
      if (this.sendAgain) this.send()
    })
  }

  private async sendAll(): Promise<void> {
    this.reload()
    while (!this.closed && !this.stopped) {
      const next = this.messages.find((message) => !message.messageId && !message.refused)
      if (!next) return
      try {
        const { message_id } = await unwrap(
          sendMessage({
            path: { conversation_id: next.conversationId },
            headers: { 'Idempotency-Key': next.key },
            body: { type: 'text', text: next.text, quick_replies: [...(next.quickReplies ?? [])] },
          }),
        )
        this.failures = 0
        this.save({ ...next, messageId: message_id })
      } catch (error) {
        const problem = error instanceof Problem ? error : new Problem(0, 'unreachable')
        if (problem.isTransient || problem.status === 401) return this.pause()
        this.save({ ...next, refused: { status: problem.status, code: problem.code } })
      }
    }
  }

  private pause(): void {
    if (this.closed || this.stopped) return
    this.failures += 1
    const wait = Math.min(MAX_RETRY_MS, 500 * 2 ** this.failures)
    this.timer = setTimeout(this.send, wait)
  }

  private save(message: OutgoingMessage): void {
    if (this.closed) return
    writeStored(this.prefix + message.key, message)
    this.messages = [...this.messages.filter(({ key }) => key !== message.key), message].sort(byWritingTime)
    this.notify()
  }

  private reload(): void {
    if (this.closed) return
    const found = this.read()
    // Where nothing can be stored, the queue is kept in memory.
    if (found.length === 0 && this.messages.length > 0 && !canStore(this.prefix)) return
    this.messages = found
    this.notify()
  }

  private read(): OutgoingMessage[] {
    const found: OutgoingMessage[] = []
    try {
      for (const name of Object.keys(localStorage)) {
        const message =
          name.startsWith(this.prefix) && !name.endsWith('lock') ? readStored<OutgoingMessage>(name) : null
        if (message) found.push(message)
      }
    } catch {
      // No storage.
    }
    return found.sort(byWritingTime)
  }

  private notify(): void {
    for (const listener of this.listeners) listener()
  }
}

const byWritingTime = (a: OutgoingMessage, b: OutgoingMessage): number =>
  a.at < b.at ? -1 : a.at > b.at ? 1 : 0

function canStore(prefix: string): boolean {
  writeStored(`${prefix}probe.lock`, true)
  const works = readStored<boolean>(`${prefix}probe.lock`) === true
  writeStored(`${prefix}probe.lock`, null)
  return works
}
