/** The history of a contact after a change of this agent. */

import { QueryClient } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { client } from '../../../api/client.gen'
import { queryKeys } from '../../../lib/queryKeys'
import { refetchFrom } from '../../../lib/readYourWrites'
import { fetchContactEvents } from './useContactEvents'

/** A server that notes what it is asked, and when it has answered. */
function listen(): string[] {
  const seen: string[] = []
  client.setConfig({
    baseUrl: 'http://server.test',
    fetch: async (request) => {
      const { pathname, search } = new URL((request as Request).url)
      seen.push(pathname + search)
      await Promise.resolve()
      seen.push('answered')
      return Response.json({ items: [], next: null })
    },
  })
  return seen
}

test('it is read once the server knows whom the change joined or parted', async () => {
  const seen = listen()
  await refetchFrom(new QueryClient(), queryKeys.contact('joined'), 'log.9')
  await fetchContactEvents('joined')
  expect(seen).toEqual([
    '/v1/contacts/joined?min_position=log.9',
    'answered',
    '/v1/contacts/joined/events?limit=1000',
    'answered',
  ])
})

test('without a change it is one request', async () => {
  const seen = listen()
  await fetchContactEvents('untouched')
  expect(seen).toEqual(['/v1/contacts/untouched/events?limit=1000', 'answered'])
})
