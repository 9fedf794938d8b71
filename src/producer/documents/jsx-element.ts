import type { MdxJsxFlowElement, MdxJsxTextElement } from 'mdast-util-mdx';

/** The parts of a JSX element that matter for links. */
export interface JsxElement {
  /** Its tags as HTML, on one line; '' if it has neither links nor an id. */
  html: string;
  /** From 1; absent if it is not known. */
  line?: number;
}

/** Properties of components that usually hold URLs or ids, and equivalent HTML. */
const COMPONENT_HTML: Readonly<Record<string, (value: string) => string>> = {
  href: (value) => `<a href="${value}"></a>`,
  to: (value) => `<a href="${value}"></a>`,
  src: (value) => `<img src="${value}">`,
  srcset: (value) => `<img srcset="${value}">`,
  poster: (value) => `<video poster="${value}"></video>`,
  id: (value) => `<a id="${value}"></a>`,
};
const HTML_NAME = /^[a-z][a-z0-9-]*$/;
/** Elements that are left out: their tags would change how the HTML parser reads what follows. */
const LEFT_OUT = /^(?:template|base|plaintext)$/;
const VOID = /^(?:area|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;
/** JSX attributes with other names in HTML. */
const ATTRIBUTE_NAMES: Readonly<Record<string, string>> = { xlinkhref: 'xlink:href', httpequiv: 'http-equiv' };

/** Converts an element in the Markdown of MDX. */
export function jsxElement({ name, attributes }: MdxJsxFlowElement | MdxJsxTextElement): JsxElement {
  const values = attributes.flatMap((attribute): Array<[string, string]> => {
    if (attribute.type !== 'mdxJsxAttribute') return [];
    if (typeof attribute.value === 'string') return [[attribute.name, attribute.value]];
    if (attribute.value === null || attribute.value === undefined) return [[attribute.name, '']];
    const value = textOfExpression(expressionIn(attribute.value.data?.estree));
    return value === undefined ? [] : [[attribute.name, value]];
  });
  return { html: elementHtml(name ?? '', values) };
}

/** A node of a JavaScript syntax tree; its shape is checked before use. */
type SyntaxNode = { readonly [key: string]: unknown };

/** Finds the elements in an expression, such as `{isNew && <a href="/new">new</a>}`. */
export function elementsOfExpression(program: unknown): JsxElement[] {
  const elements: JsxElement[] = [];
  const open: unknown[] = [program];
  while (open.length > 0) {
    const node = open.pop();
    if (Array.isArray(node)) open.push(...node.toReversed());
    else if (isSyntaxNode(node)) {
      if (node.type === 'JSXOpeningElement') elements.push(openingElement(node));
      for (const [key, value] of Object.entries(node).toReversed()) if (key !== 'loc' && key !== 'comments') open.push(value);
    }
  }
  return elements;
}

function openingElement({ name, attributes, loc }: SyntaxNode): JsxElement {
  const values = (Array.isArray(attributes) ? attributes : []).flatMap((attribute: SyntaxNode): Array<[string, string]> => {
    const attributeName = (attribute.name as SyntaxNode | undefined)?.name;
    const value = attribute.value as SyntaxNode | null | undefined;
    if (typeof attributeName !== 'string') return [];
    if (value === null || value === undefined) return [[attributeName, '']];
    const text = textOfExpression(value.type === 'JSXExpressionContainer' ? value.expression : value);
    return text === undefined ? [] : [[attributeName, text]];
  });
  const elementName = (name as SyntaxNode).name;
  const line = (loc as { start?: { line?: number } } | undefined)?.start?.line;
  return { html: elementHtml(typeof elementName === 'string' ? elementName : '', values), ...(line !== undefined && { line }) };
}

function isSyntaxNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null;
}

/** The expression of a program that consists of one expression statement. */
function expressionIn(program: unknown): unknown {
  const [statement] = ((program as SyntaxNode | undefined)?.body as SyntaxNode[] | undefined) ?? [];
  return statement?.expression;
}

/**
 * The text of a constant expression: `"a"`, a template without expressions, or `require('./a.png').default`, with which
 * Docusaurus embeds files.
 */
function textOfExpression(expression: unknown): string | undefined {
  if (!isSyntaxNode(expression)) return undefined;
  const required = requiredFile(expression.type === 'MemberExpression' ? expression.object : expression);
  if (required !== undefined) return required;
  if (typeof expression.value === 'string') return expression.value;
  const { type, expressions, quasis } = expression;
  if (type !== 'TemplateLiteral' || !Array.isArray(expressions) || expressions.length > 0 || !Array.isArray(quasis)) return undefined;
  const cooked = (quasis[0] as { value?: { cooked?: unknown } } | undefined)?.value?.cooked;
  return typeof cooked === 'string' ? cooked : undefined;
}

/** The path in `require(path)`. Names of packages, and aliases such as `@site`, are not paths. */
function requiredFile(expression: unknown): string | undefined {
  if (!isSyntaxNode(expression) || expression.type !== 'CallExpression') return undefined;
  const [path] = (expression.arguments as SyntaxNode[] | undefined) ?? [];
  const isRequire = (expression.callee as SyntaxNode | undefined)?.name === 'require';
  return isRequire && typeof path?.value === 'string' && path.value.startsWith('.') ? path.value : undefined;
}

function elementHtml(name: string, attributes: ReadonlyArray<readonly [name: string, value: string]>): string {
  const values = attributes.map(([attribute, value]) => [attribute.toLowerCase(), escaped(value)] as const);
  if (!HTML_NAME.test(name)) {
    return values
      .map(([attribute, value]) => (Object.hasOwn(COMPONENT_HTML, attribute) ? COMPONENT_HTML[attribute]?.(value) : ''))
      .join('');
  }
  if (values.length === 0 || LEFT_OUT.test(name)) return '';
  const written = values.map(([attribute, value]) => ` ${ATTRIBUTE_NAMES[attribute] ?? attribute}="${value}"`).join('');
  return `<${name}${written}>${VOID.test(name) ? '' : `</${name}>`}`;
}

function escaped(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\r\n]/g, '&#10;');
}
