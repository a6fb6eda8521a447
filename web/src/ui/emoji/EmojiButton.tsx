/** The button that opens the emojis; what they need is loaded when it is first pressed. */

import { Trans, useLingui } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Smile } from 'lucide-react'
import { useRef, useState } from 'react'
import { Dialog, Popover } from 'react-aria-components'
import { flushSync } from 'react-dom'
import { emojisQuery } from './emojis'
import { rememberEmoji } from './habits'

const pickerQuery = {
  queryKey: ['emojis', 'picker'],
  queryFn: async () => (await import('./EmojiPicker')).EmojiPicker,
  staleTime: Number.POSITIVE_INFINITY,
}

interface EmojiButtonProps {
  userId: string
  onPick: (emoji: string) => void
}

export function EmojiButton({ userId, onPick }: EmojiButtonProps) {
  const { t } = useLingui()
  const button = useRef<HTMLButtonElement>(null)
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button
        ref={button}
        type="button"
        className={isOpen ? 'icon-btn is-open' : 'icon-btn'}
        aria-label={t`Emojis`}
        title={t`Emojis`}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onClick={() => setOpen(true)}
      >
        <Smile className="i" aria-hidden="true" />
      </button>
      <Popover
        className="pop emoji-pop"
        triggerRef={button}
        isOpen={isOpen}
        onOpenChange={setOpen}
        placement="top start"
        offset={8}
      >
        <Dialog aria-label={t`Emojis`}>
          <Picker
            userId={userId}
            onPick={(emoji) => {
              // Closed first: while open it keeps the focus from the field.
              flushSync(() => setOpen(false))
              rememberEmoji(userId, emoji)
              onPick(emoji)
            }}
          />
        </Dialog>
      </Popover>
    </>
  )
}

function Picker(props: EmojiButtonProps) {
  const emojis = useQuery(emojisQuery)
  const picker = useQuery(pickerQuery)
  const EmojiPicker = picker.data
  if (EmojiPicker && emojis.data) return <EmojiPicker emojis={emojis.data} {...props} />
  const failed = emojis.isError || picker.isError
  return (
    <div className="emojis is-loading" role="status">
      {failed ? (
        <>
          <span className="hint">
            <Trans>Os emojis não vieram.</Trans>
          </span>
          <button
            type="button"
            className="btn btn-sm"
            onClick={() => {
              void emojis.refetch()
              void picker.refetch()
            }}
          >
            <Trans>Tentar de novo</Trans>
          </button>
        </>
      ) : (
        <span className="hint">
          <Trans>Carregando os emojis…</Trans>
        </span>
      )}
    </div>
  )
}
