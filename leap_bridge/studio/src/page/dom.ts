/** The few things that every view does with the page. */

/** An element that index.html must have. */
export function element<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`index.html has no ${kind.name} with the id ${id}`);
  return found;
}

type Attributes = Record<string, string | boolean | ((event: Event) => void)>;

/** Make an element; a function is a listener for the event of that name. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** Give the user a file. */
export function download(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = make("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Colours as they are in the theme that is on. */
export function colours<Name extends string>(of: Element, names: readonly Name[]): Record<Name, string> {
  const probe = make("i", { hidden: true });
  of.append(probe);
  const read = (name: Name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const found = Object.fromEntries(names.map((name) => [name, read(name)])) as Record<Name, string>;
  probe.remove();
  return found;
}
