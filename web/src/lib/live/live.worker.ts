/** A SharedWorker: one stream for all tabs of a person. */

import { Feed } from './feed'
import type { LiveCommand, LiveEvent } from './liveEvents'

declare const self: SharedWorkerGlobalScope

const ports = new Set<MessagePort>()
let feed: Feed | null = null

function broadcast(event: LiveEvent): void {
  for (const port of ports) port.postMessage(event)
}

function attach(port: MessagePort, lock: string): void {
  ports.add(port)
  // A tab holds its lock while it lives, so a crashed tab is detached too.
  void self.navigator.locks?.request(lock, () => detach(port))
  if (feed) {
    port.postMessage(feed.currentState)
    // The tab may have fetched its first pages before it was connected.
    if (feed.currentState.kind === 'connected') port.postMessage({ kind: 'resync' } satisfies LiveEvent)
    return
  }
  feed = new Feed(broadcast)
  feed.open()
}

function detach(port: MessagePort): void {
  ports.delete(port)
  if (ports.size > 0) return
  feed?.close()
  feed = null
}

self.addEventListener('connect', (event) => {
  const port = event.ports[0]
  if (!port) return
  port.onmessage = ({ data }: MessageEvent<LiveCommand>) => {
    if (data.kind === 'hello') attach(port, data.lock)
    else if (data.kind === 'bye') detach(port)
    else feed?.open()
  }
})

self.addEventListener('online', () => feed?.open())
