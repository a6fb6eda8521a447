/** One stream for all tabs of a person: a SharedWorker that passes the news on. */

import { Feed } from './feed'
import type { News, Wish } from './liveEvents'

declare const self: SharedWorkerGlobalScope

const ports = new Set<MessagePort>()
let feed: Feed | null = null

function tellAll(news: News): void {
  for (const port of ports) port.postMessage(news)
}

function join(port: MessagePort, lock: string): void {
  ports.add(port)
  // A tab holds its lock while it lives, so a crash ends it here too.
  void self.navigator.locks?.request(lock, () => leave(port))
  if (feed) {
    port.postMessage(feed.standing)
    // It may have read its first pages before it could hear.
    if (feed.standing.kind === 'connected') port.postMessage({ kind: 'resync' } satisfies News)
    return
  }
  feed = new Feed(tellAll)
  feed.open()
}

function leave(port: MessagePort): void {
  ports.delete(port)
  if (ports.size > 0) return
  feed?.close()
  feed = null
}

self.addEventListener('connect', (event) => {
  const port = event.ports[0]
  if (!port) return
  port.onmessage = ({ data }: MessageEvent<Wish>) => {
    if (data.kind === 'hello') join(port, data.lock)
    else if (data.kind === 'bye') leave(port)
    else feed?.open()
  }
})

self.addEventListener('online', () => feed?.open())
