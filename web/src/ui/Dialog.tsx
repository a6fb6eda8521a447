/** A modal dialog with a title and a close button. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'

interface DialogProps {
  title: ReactNode
  onClose: () => void
  children: ReactNode
  /** For a text. */
  medium?: boolean
  /** For two columns. */
  wide?: boolean
  /** As large as the page allows. */
  fullScreen?: boolean
  /** For the confirmation of something destructive. */
  alert?: boolean
}

/** Open while mounted. */
export function Dialog({
  title,
  onClose,
  children,
  medium = false,
  wide = false,
  fullScreen = false,
  alert = false,
}: DialogProps) {
  return (
    <ModalOverlay className="scrim" isOpen onOpenChange={(open) => open || onClose()} isDismissable>
      <Modal>
        <AriaDialog
          role={alert ? 'alertdialog' : 'dialog'}
          className={dialogClass({ medium, wide, fullScreen })}
        >
          <header>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <button type="button" className="icon-btn" aria-label={t`Fechar`} onClick={onClose}>
              <X className="i" aria-hidden="true" />
            </button>
          </header>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}

const dialogClass = ({
  medium,
  wide,
  fullScreen,
}: Pick<DialogProps, 'medium' | 'wide' | 'fullScreen'>): string =>
  fullScreen ? 'dialog is-full-screen' : wide ? 'dialog is-wide' : medium ? 'dialog is-medium' : 'dialog'

interface DialogFooterProps {
  onClose: () => void
  canSubmit: boolean
  /** The label of the submit button. */
  children: ReactNode
}

export function DialogFooter({ onClose, canSubmit, children }: DialogFooterProps) {
  return (
    <footer>
      <span className="right">
        <button type="button" className="btn" onClick={onClose}>
          <Trans>Cancelar</Trans>
        </button>
        <button type="submit" className="btn btn-main" disabled={!canSubmit}>
          {children}
        </button>
      </span>
    </footer>
  )
}
