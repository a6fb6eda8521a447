/** Finds the other contact that is the same person. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Combine } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { ContactSummary } from '../../api'
import { wordsFor } from '../../lib/problem'
import { Square } from '../../ui/Avatar'
import { Foot, Raised } from '../../ui/Dialog'
import { LineBones } from '../../ui/Skeleton'
import { Finder, PersonWords } from './ContactList'
import { useContacts } from './requests/useContacts'

const MOST_SHOWN = 8

interface MergeDialogProps {
  person: { id: string; name: string }
  leave: () => void
  wanted: (other: ContactSummary) => void
}

export function MergeDialog({ person, leave, wanted }: MergeDialogProps) {
  const { t } = useLingui()
  const [q, find] = useState('')
  const [other, choose] = useState<ContactSummary | null>(null)
  const contacts = useContacts(q)
  const found = contacts.data?.pages[0]?.items.filter(({ id }) => id !== person.id).slice(0, MOST_SHOWN)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!other) return
    wanted(other)
    leave()
  }
  return (
    <Raised title={<Trans>Juntar outro contato a {person.name}</Trans>} leave={leave}>
      <form onSubmit={submit}>
        <div className="asked">
          <p className="soft">
            <Trans>
              É a mesma pessoa com outro número? Os dois passam a aparecer como um só, com o nome e os dados
              de {person.name}. As conversas continuam separadas, e dá para desfazer a qualquer hora.
            </Trans>
          </p>
          <Finder q={q} find={find} />
          {contacts.isPending && <LineBones />}
          {contacts.isError && (
            <p className="failed is-left" role="alert">
              <Trans>A busca não deu certo: {wordsFor(contacts.error)}.</Trans>
            </p>
          )}
          <fieldset className="options pick-person">
            <legend className="vh">{t`Contato a juntar`}</legend>
            {found?.map((one) => (
              <label className="opt person" key={one.id}>
                <input
                  type="radio"
                  name="other"
                  checked={other?.id === one.id}
                  onChange={() => choose(one)}
                />
                <Square id={one.id} initials={one.initials} size={32} />
                <PersonWords person={one} />
              </label>
            ))}
            {found?.length === 0 && (
              <p className="hint">
                <Trans>Ninguém mais com esse começo.</Trans>
              </p>
            )}
          </fieldset>
        </div>
        <Foot leave={leave} ready={other !== null}>
          <Combine className="i i-md" aria-hidden="true" />
          <Trans>Juntar</Trans>
        </Foot>
      </form>
    </Raised>
  )
}
