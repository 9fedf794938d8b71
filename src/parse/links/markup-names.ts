import { knownNames } from './known-names.ts';

/** Elements that contain links, and elements that change how the following markup is parsed. */
export const TAG = {
  // HTML and SVG
  a: 1,
  area: 2,
  audio: 3,
  base: 4,
  body: 5,
  embed: 6,
  feimage: 7,
  frame: 8,
  iframe: 9,
  image: 10,
  img: 11,
  input: 12,
  link: 13,
  meta: 14,
  object: 15,
  script: 16,
  source: 17,
  style: 18,
  table: 19,
  td: 20,
  th: 21,
  tr: 22,
  track: 23,
  use: 24,
  video: 25,
  template: 26,
  // Elements that contain only text
  noembed: 27,
  noframes: 28,
  plaintext: 29,
  textarea: 30,
  title: 31,
  xmp: 32,
  // Elements that begin or end foreign content
  svg: 33,
  math: 34,
  foreignobject: 35,
  desc: 36,
  // RSS and Atom
  rss: 37,
  feed: 38,
  rdf: 39,
  guid: 40,
  enclosure: 41,
  comments: 42,
  url: 43,
  icon: 44,
  logo: 45,
  content: 46,
  thumbnail: 47,
} as const;

/** Attributes that are read on some element. */
export const ATTRIBUTE = {
  id: 1,
  style: 2,
  'xlink:href': 3,
  'xml:base': 4,
  'xml:id': 5,
  href: 6,
  src: 7,
  rel: 8,
  name: 9,
  content: 10,
  'http-equiv': 11,
  srcset: 12,
  imagesrcset: 13,
  poster: 14,
  data: 15,
  background: 16,
  type: 17,
  srcdoc: 18,
  ispermalink: 19,
  url: 20,
  'xlink:show': 21,
  property: 22,
  disabled: 23,
  'data-proofer-ignore': 24,
} as const;

/**
 * The number shared by all HTML elements, other than those in `TAG`, that end SVG or MathML content (HTML Standard,
 * section 13.2.6.5). Larger than all numbers in `TAG`.
 */
export const BREAKOUT = 100;
/** The number shared by those whose end tags do so too. */
export const BREAKOUT_AND_END = 101;
const BREAKOUTS =
  'b big blockquote center code dd div dl dt em h1 h2 h3 h4 h5 h6 head hr i li listing menu nobr ol pre ruby s small span strong strike sub sup tt u ul var';

export const TAGS = knownNames([
  ...Object.entries(TAG),
  ...BREAKOUTS.split(' ').map((name) => [name, BREAKOUT] as const),
  ['br', BREAKOUT_AND_END],
  ['p', BREAKOUT_AND_END],
]);
export const ATTRIBUTES = knownNames(Object.entries(ATTRIBUTE));
