/** What the page can do where scripts run: sort tables by a click on a heading, and show the rows that hold a text. Without it the page is whole all the same. */
export const SCRIPT = `
'use strict';
for (const table of document.querySelectorAll('table.sorts')) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending' || (head.classList.contains('n') && !head.hasAttribute('aria-sort'));
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
      const isNumber = head.classList.contains('n');
      const compare = isNumber ? (a, b) => Number(a || -1) - Number(b || -1) : (a, b) => a.localeCompare(b, 'en', { numeric: true });
      const rows = [...table.tBodies[0].rows].sort((a, b) => (down ? -1 : 1) * compare(value(a), value(b)));
      table.tBodies[0].append(...rows);
    });
  });
}
const search = document.querySelector('.search');
const rows = [...document.querySelectorAll('table.rows tbody tr')];
if (search && rows.length > 0) {
  search.hidden = false;
  const said = search.querySelector('output');
  search.querySelector('input').addEventListener('input', ({ target }) => {
    const words = target.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) shown++;
    }
    said.textContent = words.length === 0 ? '' : shown + ' of ' + rows.length + ' rows';
  });
}
`;
