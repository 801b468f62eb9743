"use strict";

// Numbers by value, texts by the alphabet, a dash always last.
function sortBy(header) {
  const table = header.closest("table");
  const column = header.cellIndex;
  const descending = header.getAttribute("aria-sort") === "ascending";
  const key = (row) => row.cells[column].textContent;
  const number = (text) => Number(text.replaceAll(",", ""));
  const compare = (one, other) => {
    const [a, b] = [key(one), key(other)];
    if (a === "–" || b === "–") return (a === "–") - (b === "–");
    const way = descending ? -1 : 1;
    const difference = number(a) - number(b);
    return way * (Number.isNaN(difference) ? a.localeCompare(b) : difference);
  };
  for (const cell of header.parentNode.cells) cell.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
}

document.addEventListener("click", (event) => {
  if (event.target.matches(".sortable th")) sortBy(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches(".sortable th")) sortBy(event.target);
});
