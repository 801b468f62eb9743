// The account menu: closed by Escape, by a click elsewhere, and when the focus has left it.
// Without this it opens and closes by its own button alone.

/** @param {HTMLDetailsElement} menu */
export function closeByItself(menu) {
  const close = () => { menu.open = false }
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return
    event.stopPropagation()
    close()
    menu.querySelector('summary').focus()
  })
  menu.addEventListener('focusout', ({relatedTarget}) => {
    if (relatedTarget && !menu.contains(relatedTarget)) close()
  })
  document.addEventListener('pointerdown', ({target}) => {
    if (menu.open && !menu.contains(target)) close()
  })
}
