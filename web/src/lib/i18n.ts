/** The words of the interface: Portuguese of Brazil is the source. */

import { i18n } from '@lingui/core'
import { messages } from '../locales/pt-BR.po'

i18n.loadAndActivate({ locale: 'pt-BR', messages })

export { i18n }
