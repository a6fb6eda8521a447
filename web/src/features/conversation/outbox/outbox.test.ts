// @vitest-environment happy-dom
/** The outbox against a server that answers, fails and refuses. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { client } from '../../../api/client.gen'
import { Outbox } from './outbox'

type Asked = { key: string | null; text: string }

const asked: Asked[] = []
let answers: (() => Response)[] = []

const taken = (id: string) => () => Response.json({ message_id: id, position: 'log.1' }, { status: 202 })
const refused = (status: number, code: string) => () =>
  Response.json({ title: code, status, code }, { status })

beforeEach(() => {
  localStorage.clear()
  asked.length = 0
  client.setConfig({
    baseUrl: 'http://counter.test',
    fetch: async (request) => {
      const { text } = (await (request as Request).json()) as { text: string }
      asked.push({ key: (request as Request).headers.get('Idempotency-Key'), text })
      const answer = answers.shift()
      if (!answer) throw new TypeError('unreachable')
      return answer()
    },
  })
})

afterEach(() => {
  answers = []
})

test('texts go out in the order of writing, each under its own key', async () => {
  answers = [taken('m1'), taken('m2')]
  const outbox = new Outbox('ana')
  outbox.add('c1', 'um', 0)
  outbox.add('c1', 'dois', 0)
  await vi.waitFor(() => expect(outbox.items().map((one) => one.messageId)).toEqual(['m1', 'm2']))
  expect(asked.map((one) => one.text)).toEqual(['um', 'dois'])
  expect(new Set(asked.map((one) => one.key)).size).toBe(2)
})

test('after a lost answer the same key is used again, also after a reload', async () => {
  const outbox = new Outbox('ana')
  const stop = outbox.start()
  outbox.add('c1', 'oi', 0)
  await vi.waitFor(() => expect(asked).toHaveLength(1))
  stop()
  answers = [taken('m1')]
  const reloaded = new Outbox('ana')
  reloaded.send()
  await vi.waitFor(() => expect(reloaded.items()[0]?.messageId).toBe('m1'))
  expect(asked[1]?.key).toBe(asked[0]?.key)
})

test('a refusal stays until somebody decides, and does not hold up the next', async () => {
  answers = [refused(409, 'window_closed'), taken('m2')]
  const outbox = new Outbox('ana')
  outbox.add('c1', 'um', 0)
  outbox.add('c1', 'dois', 0)
  await vi.waitFor(() => expect(outbox.items()[1]?.messageId).toBe('m2'))
  expect(outbox.items()[0]?.refused).toEqual({ status: 409, code: 'window_closed' })
})

test('what one person wrote is never sent as another', () => {
  new Outbox('ana').add('c1', 'da Ana', 0)
  expect(new Outbox('bruno').items()).toEqual([])
})
