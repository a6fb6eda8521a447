/**
 * The server's clock. Whatever the page compares with a time of the server (what is left of a window, whether a time
 * has passed, how long somebody waits) it compares by this clock: the computer's own may be wrong by hours.
 */

import { client } from '../api/client.gen'

/** The header that says when an answer was written. */
const TIME_HEADER = 'Balcao-Time'
/** An answer that took longer says too little about the time. */
const SLOW_MS = 5_000
/** Events of the stream that are remembered: one that was delivered late makes the clock seem slow. */
const REMEMBERED = 5
/** Smaller corrections need not be shown at once. */
const SHOWN_MS = 1_000

let offsetMs = 0
let heard: number[] = []
const listeners = new Set<() => void>()

/** Milliseconds since 1970. */
export const serverNow = (): number => Date.now() + offsetMs

/** The server's time at which this computer's clock showed `at`. */
export const atServer = (at: number): number => at + offsetMs

/** Calls `listener` when the clock was corrected; call the result to stop. */
export function onCorrection(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Learns from every answer of the API from now on. */
export function watchClock(): void {
  const askedAt = new WeakMap<Request, number>()
  client.interceptors.request.use((request) => {
    askedAt.set(request, Date.now())
    return request
  })
  client.interceptors.response.use((response, request) => {
    learnFromAnswer(response.headers.get(TIME_HEADER), askedAt.get(request) ?? Number.NaN, Date.now())
    return response
  })
}

/** Learns from the time in an answer, which was written between `askedAt` and `answeredAt` of this computer. */
export function learnFromAnswer(at: string | null, askedAt: number, answeredAt: number): void {
  const written = Date.parse(at ?? '')
  const tookMs = answeredAt - askedAt
  if (Number.isNaN(written) || !(tookMs >= 0 && tookMs <= SLOW_MS)) return
  const [least, most] = [written - answeredAt, written - askedAt]
  if (least <= offsetMs && offsetMs <= most) return
  heard = []
  correct((least + most) / 2)
}

/** Learns from the stream's sign of life, which was written just before it arrived. */
export function learnFromStream(at: string): void {
  const written = Date.parse(at)
  if (Number.isNaN(written)) return
  heard = [...heard, written - Date.now()].slice(-REMEMBERED)
  correct(Math.max(...heard))
}

function correct(to: number): void {
  const shown = Math.abs(to - offsetMs) > SHOWN_MS
  offsetMs = to
  if (shown) for (const tell of listeners) tell()
}
