// The API counts characters, JavaScript counts UTF-16 units; and tokens are pieces of words, people read words.

/** A function from an offset in characters to one in UTF-16 units. */
export function unitOffsets(text) {
  const units = [0];
  for (const character of text) units.push(units.at(-1) + character.length);
  return (offset) => units[Math.min(offset, units.length - 1)];
}

/** The words of a text: `[{start, end}]` in UTF-16 units. In Chinese too, which writes no spaces. */
export function wordsOf(text) {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
  const words = [];
  for (const { index, segment, isWordLike } of segmenter.segment(text)) {
    if (isWordLike) words.push({ start: index, end: index + segment.length });
  }
  return words;
}

/** The place among `words` of the one that overlaps a stretch, or -1. By bisection. */
export function wordAt(words, start, end) {
  let low = 0;
  let high = words.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (words[middle].end <= start) low = middle + 1;
    else high = middle;
  }
  return low < words.length && words[low].start < end ? low : -1;
}
