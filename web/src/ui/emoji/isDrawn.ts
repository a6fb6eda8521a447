/** Whether this browser has a picture for an emoji. */

const SIZE = 4
const FONTS =
  "'Apple Color Emoji', 'Noto Color Emoji', 'Twemoji Mozilla', 'Android Emoji', 'Segoe UI Emoji', 'Segoe UI Symbol', sans-serif"

export function isDrawn(emoji: string): boolean {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  if (!context) return false
  context.font = `${SIZE}px ${FONTS}`
  context.textBaseline = 'top'
  // A sequence that is not known is drawn as its parts, one beside the other.
  if (context.measureText(emoji).width >= 2 * SIZE) return false
  const pixels = ['#00f', '#f00'].map((colour) => {
    context.clearRect(0, 0, SIZE, SIZE)
    context.fillStyle = colour
    context.fillText(emoji, 0, 0)
    return context.getImageData(0, 0, SIZE, SIZE).data
  })
  const [blue, red] = pixels
  // A picture has colours of its own; a letter takes those of the text, and what is missing may leave nothing at all.
  return (blue?.some((value) => value > 0) && blue.every((value, at) => value === red?.[at])) ?? false
}
