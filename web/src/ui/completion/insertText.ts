/** Replaces a part of a text field as typing would, so that the browser can undo it. */

/** As the browser sets it: React does not notice a change that goes by the property of the element. */
const setValue = (field: HTMLTextAreaElement, value: string): void =>
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set?.call(field, value)

export function insertText(field: HTMLTextAreaElement, start: number, end: number, text: string): void {
  const wanted = field.value.slice(0, start) + text + field.value.slice(end)
  field.focus({ preventScroll: true })
  field.setSelectionRange(start, end)
  // The only way into the browser's undo. It goes by what a keyboard can type, so the outcome is looked at.
  document.execCommand?.('insertText', false, text)
  const cursor = start + text.length
  if (field.value !== wanted) {
    setValue(field, wanted)
    field.setSelectionRange(cursor, cursor)
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }
  field.setSelectionRange(cursor, cursor)
}
