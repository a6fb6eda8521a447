/** The interface texts; Brazilian Portuguese is the source language. */

import { i18n } from '@lingui/core'
import { messages } from '../locales/pt-BR.po'

i18n.loadAndActivate({ locale: 'pt-BR', messages })

export { i18n }
