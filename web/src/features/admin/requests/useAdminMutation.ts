/** Teams, people and numbers: read whole, and changed one by one. */

import { t } from '@lingui/core/macro'
import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import {
  addTeam,
  archiveTeam,
  type ChangeAgent,
  type ConfigureChannel,
  changeAgent,
  configureChannel,
  listAgents,
  listChannels,
  listTeams,
  renameTeam,
} from '../../../api'
import { answered, wordsFor } from '../../../lib/problem'
import { keys } from '../../../lib/queryKeys'
import { newKey } from '../../../lib/randomUuid'
import { afterOwn, readBack } from '../../../lib/readYourWrites'

export const useTeams = () =>
  useQuery({
    queryKey: keys.ownTeams,
    queryFn: async () => (await answered(listTeams({ query: afterOwn(keys.administered) }))).items,
    staleTime: 0,
  })

export const usePeople = () =>
  useQuery({
    queryKey: keys.ownPeople,
    queryFn: async () =>
      (await answered(listAgents({ query: { inactive: true, ...afterOwn(keys.administered) } }))).items,
    staleTime: 0,
  })

export const useChannels = () =>
  useQuery({
    queryKey: keys.ownChannels,
    queryFn: async () => (await answered(listChannels({ query: afterOwn(keys.administered) }))).items,
    staleTime: 0,
  })

/** What is shown here waits for the change; what other screens choose from is read again when they open. */
function tell(cache: QueryClient, position: string): Promise<void> {
  void cache.invalidateQueries({ queryKey: keys.teams })
  void cache.invalidateQueries({ queryKey: keys.agents })
  return readBack(cache, keys.administered, position)
}

function useChange<Asked>(
  change: (asked: Asked) => Promise<{ position: string }>,
  said: (asked: Asked) => string,
) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: ({ position }, asked) => {
      toast.success(said(asked))
      return tell(cache, position)
    },
    onError: (problem) => toast.error(t`Não foi salvo: ${wordsFor(problem)}.`),
  })
}

export const useAddTeam = () =>
  useChange(
    (name: string) => answered(addTeam({ body: { name }, headers: { 'Idempotency-Key': newKey() } })),
    (name) => t`Equipe ${name} criada.`,
  )

export const useRenameTeam = () =>
  useChange(
    ({ id, name }: { id: string; name: string }) =>
      answered(renameTeam({ path: { team_id: id }, body: { name } })),
    ({ name }) => t`A equipe agora se chama ${name}.`,
  )

export const useArchiveTeam = () =>
  useChange(
    ({ id }: { id: string; name: string }) => answered(archiveTeam({ path: { team_id: id } })),
    ({ name }) => t`Equipe ${name} arquivada: ela não recebe mais atendimentos.`,
  )

export const useChangeAgent = () =>
  useChange(
    ({ id, body }: { id: string; name: string; body: ChangeAgent }) =>
      answered(changeAgent({ path: { agent_id: id }, body })),
    ({ name }) => t`${name}: salvo. Vale em segundos.`,
  )

export const useConfigureChannel = () =>
  useChange(
    ({ id, body }: { id: string; name: string; body: ConfigureChannel }) =>
      answered(configureChannel({ path: { channel_id: id }, body })),
    ({ name }) => t`${name}: salvo. Vale a partir da próxima mensagem.`,
  )
