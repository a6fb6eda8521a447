// @vitest-environment happy-dom
/** The outbox against a server that answers, fails and refuses. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { client } from '../../../api/client.gen'
import { Outbox } from './outbox'
import { countUnsent, removeTexts } from './unsentTexts'

type SentRequest = { key: string | null; text: string; quick_replies?: unknown }

const requests: SentRequest[] = []
let responses: (() => Response)[] = []

const accepted = (id: string) => () => Response.json({ message_id: id, position: 'log.1' }, { status: 202 })
const refused = (status: number, code: string) => () =>
  Response.json({ title: code, status, code }, { status })

beforeEach(() => {
  localStorage.clear()
  requests.length = 0
  client.setConfig({
    baseUrl: 'http://server.test',
    fetch: async (request) => {
      const { text, quick_replies } = (await (request as Request).json()) as SentRequest
      requests.push({ key: (request as Request).headers.get('Idempotency-Key'), text, quick_replies })
      const answer = responses.shift()
      if (!answer) throw new TypeError('unreachable')
      return answer()
    },
  })
})

afterEach(() => {
  responses = []
})

test('messages are sent in the order of writing, each under its own key', async () => {
  responses = [accepted('m1'), accepted('m2')]
  const outbox = new Outbox('ana')
  outbox.add('c1', 'um', 0)
  outbox.add('c1', 'dois', 0)
  await vi.waitFor(() => expect(outbox.items().map((one) => one.messageId)).toEqual(['m1', 'm2']))
  expect(requests.map((one) => one.text)).toEqual(['um', 'dois'])
  expect(new Set(requests.map((one) => one.key)).size).toBe(2)
})

test('a message waits as the server will store it', () => {
  const outbox = new Outbox('ana')
  outbox.add('c1', 'Rua A\vApto 2\r\n', 0)
  expect(outbox.items()[0]?.text).toBe('Rua A\nApto 2\n')
})

test('after a lost response the same key is used again, also after a reload', async () => {
  const outbox = new Outbox('ana')
  const stop = outbox.start()
  outbox.add('c1', 'oi', 0)
  await vi.waitFor(() => expect(requests).toHaveLength(1))
  stop()
  responses = [accepted('m1')]
  const reloaded = new Outbox('ana')
  reloaded.send()
  await vi.waitFor(() => expect(reloaded.items()[0]?.messageId).toBe('m1'))
  expect(requests[1]?.key).toBe(requests[0]?.key)
})

test('which quick replies a message was written with goes along, also after a reload and from an older page', async () => {
  const outbox = new Outbox('ana')
  const stop = outbox.start()
  outbox.add('c1', 'Olá, Marina!', 0, [{ id: 'q1', version: 2 }])
  await vi.waitFor(() => expect(requests).toHaveLength(1))
  stop()
  const [stored] = outbox.items()
  // A message that was left by a page from before quick replies.
  localStorage.setItem(
    'balcao.out.ana.old',
    JSON.stringify({ ...stored, key: 'old', at: '2020-01-01T00:00:00.000Z', quickReplies: undefined }),
  )
  responses = [accepted('m1'), accepted('m2')]
  const reloaded = new Outbox('ana')
  reloaded.send()
  await vi.waitFor(() => expect(requests).toHaveLength(3))
  const told = [{ id: 'q1', version: 2 }]
  expect(requests.map((one) => one.quick_replies)).toEqual([told, [], told])
})

test('a refused message stays until the agent decides, and does not block the next one', async () => {
  responses = [refused(409, 'window_closed'), accepted('m2')]
  const outbox = new Outbox('ana')
  outbox.add('c1', 'um', 0)
  outbox.add('c1', 'dois', 0)
  await vi.waitFor(() => expect(outbox.items()[1]?.messageId).toBe('m2'))
  expect(outbox.items()[0]?.refused).toEqual({ status: 409, code: 'window_closed' })
})

test.each([
  [409, 'concurrent_change'],
  [429, 'too_many_requests'],
  [503, 'unavailable'],
  [401, 'unauthenticated'],
])('%i %s is no refusal: the message waits and is sent again under its key', async (status, code) => {
  responses = [refused(status, code), accepted('m1')]
  const outbox = new Outbox('ana')
  outbox.add('c1', 'oi', 0)
  await vi.waitFor(() => expect(requests).toHaveLength(1))
  outbox.send()
  await vi.waitFor(() => expect(outbox.items()[0]?.messageId).toBe('m1'))
  expect(outbox.items()[0]?.refused).toBeNull()
  expect(requests.map(({ key }) => key)).toEqual([requests[0]?.key, requests[0]?.key])
})

test('a message of one agent is never sent as another', () => {
  new Outbox('ana').add('c1', 'da Ana', 0)
  expect(new Outbox('bruno').items()).toEqual([])
})

test('once the page is left nothing more is sent: the session may be of somebody else by then', async () => {
  let answer: (response: Response) => void = () => {}
  let sent = 0
  client.setConfig({
    fetch: () => {
      sent += 1
      return new Promise<Response>((resolve) => {
        answer = resolve
      })
    },
  })
  const outbox = new Outbox('ana')
  const stop = outbox.start()
  outbox.add('c1', 'um', 0)
  outbox.add('c1', 'dois', 0)
  await vi.waitFor(() => expect(sent).toBe(1))
  stop()
  answer(accepted('m1')())
  await vi.waitFor(() => expect(outbox.items().some((one) => one.messageId === 'm1')).toBe(true))
  outbox.send()
  await new Promise((resolve) => setTimeout(resolve))
  expect(sent).toBe(1)

  // and goes on when the same agent is back
  outbox.start()
  await vi.waitFor(() => expect(sent).toBe(2))
})

test('after a logout nothing is stored or sent any more, not even what was on its way', async () => {
  let answer: (response: Response) => void = () => {}
  client.setConfig({ fetch: () => new Promise<Response>((resolve) => (answer = resolve)) })
  const outbox = new Outbox('ana')
  const stop = outbox.start()
  outbox.add('c1', 'um', 0)
  outbox.add('c1', 'dois', 0)
  outbox.close()
  removeTexts('ana')
  answer(accepted('m1')())
  outbox.add('c1', 'três', 0)
  await new Promise((resolve) => setTimeout(resolve))
  stop()
  expect(Object.keys(localStorage)).toEqual([])
  expect(outbox.items()).toEqual([])
})

test('the texts of others stay when one logs out', () => {
  localStorage.setItem('balcao.note.ana.c1', '"de Ana"')
  localStorage.setItem('balcao.note.anabela.c1', '"de Anabela"')
  localStorage.setItem('balcao.unsaved.ana.c1', '" "')
  localStorage.setItem('balcao.theme', '"dark"')
  expect(countUnsent('ana', [])).toEqual({ messages: 0, notes: 1, drafts: 0 })
  removeTexts('ana')
  expect(Object.keys(localStorage).sort()).toEqual(['balcao.note.anabela.c1', 'balcao.theme'])
})
