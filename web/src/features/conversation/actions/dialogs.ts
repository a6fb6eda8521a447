/** The dialogs, loaded together when one is first opened. */

export { BotDialog } from './BotDialog'
export { CloseDialog } from './CloseDialog'
export { SnoozeDialog } from './SnoozeDialog'
export { TagDialog } from './TagDialog'
export { TransferDialog } from './TransferDialog'
