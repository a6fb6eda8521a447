/** Asks once more before something that is not undone. */

import { t } from '@lingui/core/macro'
import type { ReactNode } from 'react'
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'

interface ConfirmProps {
  title: string
  children: ReactNode
  action: string
  open: boolean
  change: (open: boolean) => void
  confirmed: () => void
}

export function Confirm({ title, children, action, open, change, confirmed }: ConfirmProps) {
  return (
    <ModalOverlay className="scrim" isOpen={open} onOpenChange={change} isDismissable>
      <Modal>
        <Dialog role="alertdialog" className="dialog">
          <header>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
          </header>
          <p className="dialog-text">{children}</p>
          <footer>
            <span className="right">
              <button type="button" className="btn" onClick={() => change(false)}>
                {t`Cancelar`}
              </button>
              <button
                type="button"
                className="btn btn-main"
                onClick={() => {
                  change(false)
                  confirmed()
                }}
              >
                {action}
              </button>
            </span>
          </footer>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
