/** The few parts of a browser that the page uses: this program is compiled without the DOM's own types. */
export interface PageElement {
  textContent: string | null;
  value: string;
  hidden: boolean;
  className: string;
  readonly files: ArrayLike<PageFile> | null;
  append(...nodes: (PageElement | string)[]): void;
  replaceChildren(...nodes: (PageElement | string)[]): void;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
}

export interface PageFile {
  readonly name: string;
  /** Of a file in a chosen folder: "folder/decisions/000001.json". */
  readonly webkitRelativePath: string;
  arrayBuffer(): Promise<ArrayBuffer>;
  stream(): ReadableStream<Uint8Array>;
}

export interface PageEvent {
  preventDefault(): void;
}

export interface PageDocument {
  getElementById(id: string): PageElement | null;
  createElement(tag: string): PageElement;
}

export const page = (globalThis as unknown as { readonly document: PageDocument }).document;

export function element(id: string): PageElement {
  const found = page.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** Text only, never markup: what a package holds is a stranger's. */
export function make(tag: string, text = '', className = ''): PageElement {
  const made = page.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}
