/** Connects this tab to the live stream: through a SharedWorker, or one leading tab where there is none. */

import { randomUuid } from '../randomUuid'
import { Feed } from './feed'
import type { LiveCommand, LiveEvent } from './liveEvents'

export interface Connection {
  retry(): void
  close(): void
}

/** `userId` separates the streams of two people in one browser. */
export function connect(userId: string, onEvent: (event: LiveEvent) => void): Connection {
  return typeof SharedWorker === 'undefined' ? connectLeader(userId, onEvent) : connectWorker(userId, onEvent)
}

function connectWorker(userId: string, onEvent: (event: LiveEvent) => void): Connection {
  const worker = new SharedWorker(new URL('./live.worker.ts', import.meta.url), {
    type: 'module',
    name: `balcao-live-${userId}`,
  })
  const send = (command: LiveCommand) => worker.port.postMessage(command)
  const lock = `balcao-tab-${randomUuid()}`
  let releaseLock: () => void = () => {}
  worker.port.onmessage = ({ data }: MessageEvent<LiveEvent>) => onEvent(data)

  const attach = () => {
    const held = new Promise<void>((resolve) => {
      releaseLock = resolve
    })
    const sayHello = () => send({ kind: 'hello', lock })
    // The worker waits for this lock, so this tab must hold it before it sends its name.
    if (navigator.locks) {
      void navigator.locks.request(lock, () => {
        sayHello()
        return held
      })
    } else sayHello()
  }
  const detach = () => {
    send({ kind: 'bye' })
    releaseLock()
  }
  const onPageShow = (event: PageTransitionEvent) => event.persisted && attach()
  addEventListener('pagehide', detach)
  addEventListener('pageshow', onPageShow)
  attach()

  return {
    retry: () => send({ kind: 'retry' }),
    close: () => {
      removeEventListener('pagehide', detach)
      removeEventListener('pageshow', onPageShow)
      detach()
      worker.port.close()
    },
  }
}

function connectLeader(userId: string, onEvent: (event: LiveEvent) => void): Connection {
  const channel = new BroadcastChannel(`balcao-live-${userId}`)
  const abort = new AbortController()
  let feed: Feed | null = null
  let lastId: string | null = null

  const receive = (event: LiveEvent) => {
    if (event.kind === 'change') lastId = event.id
    onEvent(event)
  }
  const lead = () => {
    feed = new Feed((event) => {
      receive(event)
      channel.postMessage(event)
    }, lastId)
    feed.open()
    return new Promise<void>((resolve) => abort.signal.addEventListener('abort', () => resolve()))
  }
  channel.onmessage = ({ data }: MessageEvent<LiveEvent | { kind: 'hello' } | { kind: 'retry' }>) => {
    if (data.kind === 'retry') feed?.open()
    else if (data.kind !== 'hello') receive(data)
    else if (feed) {
      channel.postMessage(feed.currentState)
      if (feed.currentState.kind === 'connected') channel.postMessage({ kind: 'resync' })
    }
  }
  channel.postMessage({ kind: 'hello' })
  if (navigator.locks) {
    const options = { signal: abort.signal }
    navigator.locks.request(`balcao-live-${userId}`, options, lead).catch(() => {})
  } else void lead()

  return {
    retry: () => (feed ? feed.open() : channel.postMessage({ kind: 'retry' })),
    close: () => {
      abort.abort()
      feed?.close()
      channel.close()
    },
  }
}
