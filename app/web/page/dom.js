// Making elements. Text only ever becomes text nodes: the page's policy refuses HTML made of strings.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

/** An element with properties (`on...` for events, `data`, `style` for custom properties, other names as attributes). */
export function element(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

export function drawing(tag, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), properties, children);
}

function filled(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, each] of Object.entries(value)) node.style.setProperty(key, each);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function show(node, visible) {
  node.hidden = !visible;
}

/** Copy a text and say so on the button for a moment. */
export async function copyFrom(button, text, done, failed) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = done;
  } catch {
    button.textContent = failed; // the browser forbids it, as without TLS
  }
  setTimeout(() => (button.textContent = before), 1500);
}

/** Arrow keys, Home and End move the focus among items, of which one at a time is in the tab order. */
export function rove(container, selector, columns = () => 0) {
  container.addEventListener("keydown", (event) => {
    const items = [...container.querySelectorAll(selector)];
    const at = items.indexOf(event.target);
    if (at < 0) return;
    const wide = columns();
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: wide || 1, ArrowUp: -(wide || 1) };
    let next = at + (steps[event.key] ?? 0);
    if (event.key === "Home") next = wide ? at - (at % wide) : 0;
    if (event.key === "End") next = wide ? at - (at % wide) + wide - 1 : items.length - 1;
    if (next === at || !items[next]) return;
    event.preventDefault();
    items[at].tabIndex = -1;
    items[next].tabIndex = 0;
    items[next].focus();
  });
}

/** Values that outlive the page, where the browser allows it. */
export const memory = {
  get(name) {
    try {
      return localStorage.getItem(`undertone.${name}`) ?? "";
    } catch {
      return "";
    }
  },
  set(name, value) {
    try {
      if (value) localStorage.setItem(`undertone.${name}`, value);
      else localStorage.removeItem(`undertone.${name}`);
    } catch {
      // The value lasts as long as the page.
    }
  },
};
