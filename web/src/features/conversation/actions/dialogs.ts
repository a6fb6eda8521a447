/** What a dialog asks; they come when first wanted, not with the page. */

export { BotDialog } from './BotDialog'
export { CloseDialog } from './CloseDialog'
export { SnoozeDialog } from './SnoozeDialog'
export { TagDialog } from './TagDialog'
export { TransferDialog } from './TransferDialog'
