// Long work in short slices, so that the page answers in between.

const channel = new MessageChannel()
const waiting = []
channel.port1.onmessage = () => waiting.shift()?.()

/** Let the browser draw, and hear the reader; then go on. */
export function pause() {
  return new Promise((resolve) => {
    waiting.push(resolve)
    channel.port2.postMessage(null) // unlike a timer it does not wait 4 ms
  })
}
