/** Picks the contact to merge into this one. */

import { Trans, useLingui } from '@lingui/react/macro'
import { Combine } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { ContactSummary } from '../../api'
import { problemText } from '../../lib/problem'
import { Avatar } from '../../ui/Avatar'
import { Dialog, DialogFooter } from '../../ui/Dialog'
import { LinesSkeleton } from '../../ui/Skeleton'
import { ContactSearch } from './ContactSearch'
import { ContactSummaryText } from './ContactSummaryText'
import { useContacts } from './requests/useContacts'

const MAX_SHOWN = 8

interface MergeDialogProps {
  person: { id: string; name: string }
  onClose: () => void
  onSubmit: (other: ContactSummary) => void
}

export function MergeDialog({ person, onClose, onSubmit }: MergeDialogProps) {
  const { t } = useLingui()
  const [q, setQuery] = useState('')
  const [other, setOther] = useState<ContactSummary | null>(null)
  const contacts = useContacts(q)
  const found = contacts.data?.pages[0]?.items.filter(({ id }) => id !== person.id).slice(0, MAX_SHOWN)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!other) return
    onSubmit(other)
    onClose()
  }
  return (
    <Dialog title={<Trans>Juntar outro contato a {person.name}</Trans>} onClose={onClose}>
      <form onSubmit={submit}>
        <div className="dialog-body">
          <p className="soft">
            <Trans>
              É a mesma pessoa com outro número? Os dois passam a aparecer como um só, com o nome e os dados
              de {person.name}. As conversas continuam separadas, e dá para desfazer a qualquer hora.
            </Trans>
          </p>
          <ContactSearch q={q} onSearch={setQuery} />
          {contacts.isPending && <LinesSkeleton />}
          {contacts.isError && (
            <p className="failed is-left" role="alert">
              <Trans>A busca não deu certo: {problemText(contacts.error)}.</Trans>
            </p>
          )}
          <fieldset className="options pick-contact">
            <legend className="visually-hidden">{t`Contato a juntar`}</legend>
            {found?.map((one) => (
              <label className="opt contact-row" key={one.id}>
                <input
                  type="radio"
                  name="other"
                  checked={other?.id === one.id}
                  onChange={() => setOther(one)}
                />
                <Avatar id={one.id} initials={one.initials} size={32} />
                <ContactSummaryText contact={one} />
              </label>
            ))}
            {found?.length === 0 && (
              <p className="hint">
                <Trans>Ninguém mais com esse começo.</Trans>
              </p>
            )}
          </fieldset>
        </div>
        <DialogFooter onClose={onClose} canSubmit={other !== null}>
          <Combine className="i i-md" aria-hidden="true" />
          <Trans>Juntar</Trans>
        </DialogFooter>
      </form>
    </Dialog>
  )
}
