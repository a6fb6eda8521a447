/** The one cache of server state. */

import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { Problem } from './problem'

/** `signedOut` is called whenever an answer says that the session has ended. */
export function makeCache(signedOut: () => void): QueryClient {
  const onError = (problem: unknown) => {
    if (problem instanceof Problem && problem.code === 'unauthenticated') signedOut()
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        // The stream keeps it fresh; what it cannot vouch for is invalidated by name.
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 30 * 60_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: 'always',
        retry: (failures, problem) => problem instanceof Problem && problem.passes && failures < 3,
        retryDelay: (failures) => Math.min(4_000, 400 * 2 ** failures),
      },
      mutations: { networkMode: 'always', retry: false },
    },
  })
}
