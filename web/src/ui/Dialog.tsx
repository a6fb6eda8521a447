/** A dialog over the desk: title, a cross, and a form that asks for what is needed. */

import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'

interface RaisedProps {
  title: ReactNode
  leave: () => void
  children: ReactNode
  /** A dialog of two columns. */
  broad?: boolean
  /** A dialog as large as the desk allows. */
  whole?: boolean
  /** It asks before an end. */
  alert?: boolean
}

/** Open while mounted; whoever mounts it keeps whether it is. */
export function Raised({ title, leave, children, broad = false, whole = false, alert = false }: RaisedProps) {
  return (
    <ModalOverlay className="scrim" isOpen onOpenChange={(open) => open || leave()} isDismissable>
      <Modal>
        <Dialog
          role={alert ? 'alertdialog' : 'dialog'}
          className={whole ? 'dialog is-whole' : broad ? 'dialog is-broad' : 'dialog'}
        >
          <header>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <button type="button" className="icon-btn" aria-label={t`Fechar`} onClick={leave}>
              <X className="i" aria-hidden="true" />
            </button>
          </header>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

interface FootProps {
  leave: () => void
  ready: boolean
  /** What the main button says and does. */
  children: ReactNode
}

export function Foot({ leave, ready, children }: FootProps) {
  return (
    <footer>
      <span className="right">
        <button type="button" className="btn" onClick={leave}>
          <Trans>Cancelar</Trans>
        </button>
        <button type="submit" className="btn btn-main" disabled={!ready}>
          {children}
        </button>
      </span>
    </footer>
  )
}
