/** Puts tags on several tickets, beside those that each has. */

import { Trans } from '@lingui/react/macro'
import { Tag } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Foot, Raised } from '../../../ui/Dialog'
import { TagsField } from '../../../ui/TagsField'

interface TagDialogProps {
  title: ReactNode
  leave: () => void
  wanted: (tags: string[]) => void
}

export function TagDialog({ title, leave, wanted }: TagDialogProps) {
  const [tags, setTags] = useState<readonly string[]>([])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (tags.length === 0) return
    wanted([...tags])
    leave()
  }
  return (
    <Raised title={title} leave={leave}>
      <form onSubmit={submit}>
        <div className="asked">
          <p className="soft">
            <Trans>As etiquetas que cada um já tem continuam.</Trans>
          </p>
          <TagsField tags={tags} change={setTags} />
        </div>
        <Foot leave={leave} ready={tags.length > 0}>
          <Tag className="i i-md" aria-hidden="true" />
          <Trans>Etiquetar</Trans>
        </Foot>
      </form>
    </Raised>
  )
}
