/** As much of XML as a score needs, written as Python's xml.etree indents it. A worker has no DOM. */

/** An element with either text or children. */
export class Element {
  private readonly children: Element[] = [];

  constructor(
    private readonly tag: string,
    private readonly attributes: Readonly<Record<string, string>> = {},
    private readonly content: string | null = null,
  ) {}

  /** Append a child, and give it. */
  add(tag: string, content: string | null = null, attributes: Readonly<Record<string, string>> = {}): Element {
    const child = new Element(tag, attributes, content);
    this.children.push(child);
    return child;
  }

  /** It and what is in it, indented by two spaces a level. */
  text(indent = ""): string {
    const attributes = Object.entries(this.attributes).map(([name, value]) => ` ${name}="${escaped(value).replaceAll('"', "&quot;")}"`);
    const head = `<${this.tag}${attributes.join("")}`;
    if (this.children.length > 0) {
      const inside = this.children.map((child) => `${indent}  ${child.text(`${indent}  `)}\n`).join("");
      return `${head}>\n${inside}${indent}</${this.tag}>`;
    }
    return this.content ? `${head}>${escaped(this.content)}</${this.tag}>` : `${head} />`;
  }
}

// What XML 1.0 cannot hold, however it is written.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

function escaped(text: string): string {
  return text.replace(FORBIDDEN, "").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
