/**
 * What was written and is not yet known to be on the server. It survives a reload, is sent in the order of
 * writing, and each text under one Idempotency-Key: sent twice, said once.
 */

import { sendMessage } from '../../../api'
import { answered, Problem } from '../../../lib/problem'
import { newKey } from '../../../lib/randomUuid'
import { store, stored } from '../../../lib/storage'

export interface Outgoing {
  key: string
  conversationId: string
  text: string
  /** When it was written; also its place in the queue. */
  at: string
  /** The newest position of the thread at that moment. */
  after: number
  /** Set once the server has taken it. */
  messageId: string | null
  /** Set when the server refused it; a person decides what next. */
  refused: { status: number; code: string } | null
}

const LONGEST_WAIT_MS = 15_000

export class Outbox {
  private listeners = new Set<() => void>()
  private all: readonly Outgoing[] = []
  private sending = false
  private wanted = false
  private failures = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly prefix: string

  constructor(who: string) {
    this.prefix = `balcao.out.${who}.`
    // What the server had taken before a reload comes with the thread.
    for (const one of this.read()) if (one.messageId) store(this.prefix + one.key, null)
    this.refresh()
  }

  /** Starts sending; what it returns stops it. */
  open(): () => void {
    const changed = (event: StorageEvent) => {
      if (event.key === null || event.key.startsWith(this.prefix)) this.refresh()
    }
    const online = () => this.send()
    addEventListener('storage', changed)
    addEventListener('online', online)
    this.send()
    return () => {
      removeEventListener('storage', changed)
      removeEventListener('online', online)
      clearTimeout(this.timer)
    }
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  items = (): readonly Outgoing[] => this.all

  add(conversationId: string, text: string, after: number): void {
    const at = new Date().toISOString()
    this.keep({ key: newKey(), conversationId, text, at, after, messageId: null, refused: null })
    this.send()
  }

  again(one: Outgoing): void {
    this.keep({ ...one, refused: null })
    this.send()
  }

  drop(key: string): void {
    store(this.prefix + key, null)
    this.all = this.all.filter((one) => one.key !== key)
    this.tell()
  }

  /** Sends what waits now, instead of when the pause is over. */
  send = (): void => {
    clearTimeout(this.timer)
    this.wanted = true
    if (this.sending) return
    this.sending = true
    this.wanted = false
    const work = () => this.sendAll()
    // Two tabs share the queue; one of them sends at a time.
    const turn = navigator.locks ? navigator.locks.request(`${this.prefix}lock`, work) : work()
    void turn.finally(() => {
      this.sending = false
      // Something was written after the last look at the queue.
      if (this.wanted) this.send()
    })
  }

  private async sendAll(): Promise<void> {
    this.refresh()
    for (;;) {
      const next = this.all.find((one) => !one.messageId && !one.refused)
      if (!next) return
      try {
        const { message_id } = await answered(
          sendMessage({
            path: { conversation_id: next.conversationId },
            headers: { 'Idempotency-Key': next.key },
            body: { type: 'text', text: next.text },
          }),
        )
        this.failures = 0
        this.keep({ ...next, messageId: message_id })
      } catch (error) {
        const problem = error instanceof Problem ? error : new Problem(0, 'unreachable')
        if (problem.passes || problem.status === 401) return this.pause()
        this.keep({ ...next, refused: { status: problem.status, code: problem.code } })
      }
    }
  }

  private pause(): void {
    this.failures += 1
    const wait = Math.min(LONGEST_WAIT_MS, 500 * 2 ** this.failures)
    this.timer = setTimeout(this.send, wait)
  }

  private keep(one: Outgoing): void {
    store(this.prefix + one.key, one)
    this.all = [...this.all.filter(({ key }) => key !== one.key), one].sort(inOrder)
    this.tell()
  }

  private refresh(): void {
    const found = this.read()
    // Where nothing can be stored, memory is all there is.
    if (found.length === 0 && this.all.length > 0 && !storing(this.prefix)) return
    this.all = found
    this.tell()
  }

  private read(): Outgoing[] {
    const found: Outgoing[] = []
    try {
      for (const name of Object.keys(localStorage)) {
        const one = name.startsWith(this.prefix) && !name.endsWith('lock') ? stored<Outgoing>(name) : null
        if (one) found.push(one)
      }
    } catch {
      // No storage.
    }
    return found.sort(inOrder)
  }

  private tell(): void {
    for (const listener of this.listeners) listener()
  }
}

const inOrder = (a: Outgoing, b: Outgoing): number => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)

function storing(prefix: string): boolean {
  store(`${prefix}probe.lock`, true)
  const works = stored<boolean>(`${prefix}probe.lock`) === true
  store(`${prefix}probe.lock`, null)
  return works
}
