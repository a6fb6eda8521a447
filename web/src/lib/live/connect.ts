/** Joins this tab to the live connection: a SharedWorker, or one leading tab where there is none. */

import { newKey } from '../randomUuid'
import { Feed } from './feed'
import type { News, Wish } from './liveEvents'

export interface Connection {
  retry(): void
  leave(): void
}

/** `who` keeps the streams of two people in one browser apart. */
export function connect(who: string, hear: (news: News) => void): Connection {
  return typeof SharedWorker === 'undefined' ? throughLeader(who, hear) : throughWorker(who, hear)
}

function throughWorker(who: string, hear: (news: News) => void): Connection {
  const worker = new SharedWorker(new URL('./live.worker.ts', import.meta.url), {
    type: 'module',
    name: `balcao-live-${who}`,
  })
  const wish = (asked: Wish) => worker.port.postMessage(asked)
  const lock = `balcao-tab-${newKey()}`
  let letGo: () => void = () => {}
  worker.port.onmessage = ({ data }: MessageEvent<News>) => hear(data)

  const join = () => {
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const hello = () => wish({ kind: 'hello', lock })
    // The worker queues behind this lock, so it must be ours before we say its name.
    if (navigator.locks) {
      void navigator.locks.request(lock, () => {
        hello()
        return held
      })
    } else hello()
  }
  const bye = () => {
    wish({ kind: 'bye' })
    letGo()
  }
  const back = (event: PageTransitionEvent) => event.persisted && join()
  addEventListener('pagehide', bye)
  addEventListener('pageshow', back)
  join()

  return {
    retry: () => wish({ kind: 'retry' }),
    leave: () => {
      removeEventListener('pagehide', bye)
      removeEventListener('pageshow', back)
      bye()
      worker.port.close()
    },
  }
}

function throughLeader(who: string, hear: (news: News) => void): Connection {
  const channel = new BroadcastChannel(`balcao-live-${who}`)
  const ending = new AbortController()
  let feed: Feed | null = null
  let lastId: string | null = null

  const take = (news: News) => {
    if (news.kind === 'change') lastId = news.id
    hear(news)
  }
  const lead = () => {
    feed = new Feed((news) => {
      take(news)
      channel.postMessage(news)
    }, lastId)
    feed.open()
    return new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve()))
  }
  channel.onmessage = ({ data }: MessageEvent<News | { kind: 'hello' } | { kind: 'retry' }>) => {
    if (data.kind === 'retry') feed?.open()
    else if (data.kind !== 'hello') take(data)
    else if (feed) {
      channel.postMessage(feed.standing)
      if (feed.standing.kind === 'connected') channel.postMessage({ kind: 'resync' })
    }
  }
  channel.postMessage({ kind: 'hello' })
  if (navigator.locks) {
    const options = { signal: ending.signal }
    navigator.locks.request(`balcao-live-${who}`, options, lead).catch(() => {})
  } else void lead()

  return {
    retry: () => (feed ? feed.open() : channel.postMessage({ kind: 'retry' })),
    leave: () => {
      ending.abort()
      feed?.close()
      channel.close()
    },
  }
}
