// Buttons that copy a text: <button data-copy="ID of its input" hidden>.

/** Show them, and let them work. */
export function copyButtons(root = document) {
  for (const button of root.querySelectorAll('[data-copy]')) {
    const input = document.getElementById(button.dataset.copy)
    const name = button.textContent
    let timer = null
    button.hidden = false
    button.addEventListener('click', async () => {
      const done = await copy(input)
      button.textContent = done ? 'Copied' : 'Press Ctrl+C'
      clearTimeout(timer)
      timer = setTimeout(() => { button.textContent = name }, 3000)
    })
    input.addEventListener('focus', () => input.select())
  }
}

/** Without https there is no clipboard: then the text is selected, and copied the old way. */
async function copy(input) {
  try {
    await navigator.clipboard.writeText(input.value)
    return true
  } catch {
    input.focus()
    input.select()
    return document.execCommand('copy')
  }
}
