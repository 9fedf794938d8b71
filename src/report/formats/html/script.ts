/** The script of the page. It sorts tables by a click on a heading, and filters rows by text. The page is complete without it. */
export const SCRIPT = `
'use strict';
for (const part of document.querySelectorAll('.sorts')) {
  const tables = [...part.querySelectorAll('table')];
  const heads = [...tables[0].tHead.rows[0].cells];
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
      const bodies = tables.map((table) => table.tBodies[0]);
      const lengths = bodies.map((body) => body.rows.length);
      const rows = bodies.flatMap((body) => [...body.rows]).sort((a, b) => (down ? -1 : 1) * compare(value(a), value(b)));
      bodies.forEach((body, index) => body.append(...rows.splice(0, lengths[index])));
    });
  });
}
const search = document.querySelector('.search');
const rows = [...document.querySelectorAll('table.rows tbody tr')];
if (search && rows.length > 0) {
  search.hidden = false;
  const counter = search.querySelector('output');
  let texts;
  search.querySelector('input').addEventListener('input', ({ target }) => {
    const words = target.value.toLowerCase().split(/\\s+/).filter(Boolean);
    texts ??= rows.map((row) => row.textContent.toLowerCase());
    let shown = 0;
    rows.forEach((row, index) => {
      row.hidden = !words.every((word) => texts[index].includes(word));
      if (!row.hidden) shown++;
    });
    counter.textContent = words.length === 0 ? '' : shown + ' of ' + rows.length + ' rows';
  });
}
`;
