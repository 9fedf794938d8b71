/** Helpers that make elements of the page. Data (URLs, names, reasons) is always inserted as text, never as HTML. */

const HANDLERS = new Set(['onclick', 'onsubmit', 'oninput', 'onchange']);

export function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (HANDLERS.has(key)) element[key] = value;
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setClass(element, name) {
  if (element.className !== name) element.className = name;
}

/** A section with a heading and a remark next to it. */
export function section(title, ...children) {
  const remark = make('small');
  const element = make('section', {}, make('h2', {}, title, ' ', remark), ...children);
  return { element, remark };
}

/**
 * A table that updates the cells of its rows in place, so that focus and selection are kept. On narrow screens each row becomes a card in which
 * each cell shows the label of its column.
 */
export function table(caption, columns) {
  const head = make('tr', {}, ...columns.map(({ label, kind }) => make('th', { scope: 'col', class: kind }, label)));
  const body = make('tbody');
  const rows = new Map();
  const element = make('div', { class: 'scroll' }, make('table', { 'aria-label': caption }, make('thead', {}, head), body));

  function create() {
    const cells = columns.map(({ label, kind, isHead, hidesLabel }) =>
      make(isHead ? 'th' : 'td', { class: kind, scope: isHead ? 'row' : undefined, 'data-label': hidesLabel ? undefined : label }),
    );
    return { row: make('tr', {}, ...cells), cells };
  }

  function update(items, keyOf) {
    const present = new Set(items.map(keyOf));
    for (const [key, { row }] of rows) {
      if (present.has(key)) continue;
      row.remove();
      rows.delete(key);
    }
    items.forEach((item, index) => {
      const key = keyOf(item);
      const known = rows.get(key) ?? create();
      rows.set(key, known);
      columns.forEach((column, at) => {
        column.fill(known.cells[at], item);
      });
      if (body.children[index] !== known.row) body.insertBefore(known.row, body.children[index] ?? null);
    });
    element.hidden = items.length === 0;
  }

  return { element, update };
}

export const textColumn = (label, kind, of, more) => ({ label, kind, fill: (cell, item) => setText(cell, of(item)), ...more });

/** A column of counts; 0 is dim. `name` is the field, and also the class that colours it. */
export const countColumn = (label, name, number) => ({
  label,
  kind: `n ${name}`,
  fill(cell, item) {
    setText(cell, number(item[name]));
    setClass(cell, `n ${name}${item[name] === 0 ? ' zero' : ''}`);
  },
});

/** Figures, each with a name above and a remark below. `update` gets [text, remark, class] for each figure. */
export function cards(names) {
  const values = names.map(() => ({ value: make('dd'), note: make('dd', { class: 'remark' }) }));
  const element = make(
    'dl',
    { class: 'cards' },
    ...names.map((name, at) => make('div', {}, make('dt', {}, name), values[at].value, values[at].note)),
  );
  function update(items) {
    items.forEach(([text, note, kind], at) => {
      setText(values[at].value, text);
      setText(values[at].note, note ?? '');
      setClass(values[at].value, kind ?? '');
    });
  }
  return { element, update };
}

/** A list of names and values. Items without a value are left out. */
export function facts() {
  const element = make('dl', { class: 'facts' });
  let shown = '';
  function update(items) {
    const present = items.filter(([, value]) => value !== undefined && value !== '');
    const text = JSON.stringify(present);
    if (text === shown) return;
    shown = text;
    element.replaceChildren(...present.flatMap(([name, value, kind]) => [make('dt', {}, name), make('dd', { class: kind }, value)]));
  }
  return { element, update };
}

export function field(label, hint, input) {
  return make('label', {}, make('span', {}, label), input, hint !== '' && make('small', {}, hint));
}

export function choice(attributes, values) {
  return make('select', attributes, ...values.map(([value, label]) => make('option', { value }, label)));
}

/** Asks for confirmation. Resolves to true if the user confirms. */
export function isConfirmed(title, text, word) {
  const dialog = document.getElementById('confirm');
  setText(document.getElementById('confirm-title'), title);
  setText(document.getElementById('confirm-text'), text);
  setText(dialog.querySelector('.danger'), word);
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

/** An error message. Showing an empty text hides it. */
export function problemText() {
  const element = make('p', { class: 'alert', role: 'alert', hidden: true });
  return {
    element,
    show(text) {
      setText(element, text);
      element.hidden = text === '';
    },
  };
}

/** Returns a handler that calls `action` when the user has stopped typing for a moment. */
export function afterTyping(action) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, 250);
  };
}

/** Buttons that page through a list. `load` is called when the page changes. */
export function pager(size, load) {
  let offset = 0;
  const words = make('span', { role: 'status' });
  const back = make('button', { type: 'button', onclick: () => turn(-size) }, 'Previous');
  const next = make('button', { type: 'button', onclick: () => turn(size) }, 'Next');
  const element = make('div', { class: 'pager' }, words, back, next);
  function turn(by) {
    offset = Math.max(0, offset + by);
    load();
  }
  function update(shown, total) {
    setText(words, total === 0 ? '' : `${number(offset + 1)} to ${number(offset + shown)} of ${number(total)}`);
    back.disabled = offset === 0;
    next.disabled = offset + shown >= total;
    back.hidden = total <= size;
    next.hidden = total <= size;
    element.hidden = total === 0;
    // The list has become shorter, and this page no longer exists.
    if (shown === 0 && total > 0 && offset > 0) {
      offset = 0;
      load();
    }
  }
  const number = (value) => value.toLocaleString('en');
  return {
    element,
    update,
    get offset() {
      return offset;
    },
    reset() {
      offset = 0;
    },
  };
}
