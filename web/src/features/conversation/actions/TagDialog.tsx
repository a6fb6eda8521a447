/** Adds tags to several tickets. */

import { Trans } from '@lingui/react/macro'
import { Tag } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Dialog, DialogFooter } from '../../../ui/Dialog'
import { TagsField } from '../../../ui/TagsField'

interface TagDialogProps {
  title: ReactNode
  onClose: () => void
  onSubmit: (tags: string[]) => void
}

export function TagDialog({ title, onClose, onSubmit }: TagDialogProps) {
  const [tags, setTags] = useState<readonly string[]>([])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (tags.length === 0) return
    onSubmit([...tags])
    onClose()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        <div className="dialog-body">
          <p className="soft">
            <Trans>As etiquetas que cada um já tem continuam.</Trans>
          </p>
          <TagsField tags={tags} onChange={setTags} />
        </div>
        <DialogFooter onClose={onClose} canSubmit={tags.length > 0}>
          <Tag className="i i-md" aria-hidden="true" />
          <Trans>Etiquetar</Trans>
        </DialogFooter>
      </form>
    </Dialog>
  )
}
