// Requests and answers of the service. Written by `make format` from the OpenAPI document; not by hand.

export interface Alternative {
  text: string;
  /** Mean log probability of a token. */
  score: number;
}

export interface Detection {
  /** null where the text has no letters to tell it by. */
  language: string | null;
  /** Probability of the language, 0 to 1. Below `UNDERTONE_DETECTION_CONFIDENCE` (0.8) a text is taken for the likeliest language that the service reads, and is not refused. */
  confidence: number;
}

export interface Direction {
  source: Language;
  target: Language;
  /** The one that answers, unless the request says otherwise; null where only the script is converted. */
  model: string | null;
  /** The language between the two, if any. */
  via?: string | null;
  /** Only where that changes the model. */
  prefer?: Preferred | null;
}

export interface ErrorItem {
  error: ProblemDocument;
}

export interface FactWarning {
  /** The sentence of the source. */
  sentence: string;
  /** `date`: of times too; `item`: of an enumeration. */
  kind: "number" | "date" | "unit" | "link" | "name" | "negation" | "item";
  detail: string;
}

export interface FileOptions {
  /** Name of a model of `GET /models`. */
  model?: string | null;
  /** Which of several models answers, by what was measured of them (`scores` in `GET /models`); by default `UNDERTONE_PREFER` says it. Not with `model`, which names the one. */
  prefer?: "quality" | "speed" | null;
  /** `auto` detects; a code skips detection. */
  source?: string | null;
  /** Language to translate to. */
  target: string;
  /** Beam width; 1 is greedy search, the fastest. */
  beam?: number | null;
  /** How placeholders are written in `messages`, `json`, `csv`, `po`, `xliff` and `properties`. */
  syntax?: "auto" | "icu" | "printf" | "python" | "i18next" | "qt" | "android" | null;
  /** How to read a document of its format; `format`, or the kind of the file, tells that. */
  format_options?: FormatOptions | null;
  /** Translations by term, at most 1,000 of up to 200 characters, or the name of a glossary of the service. Terms are whole words, the longest first; case does not count unless a term has a capital inside. The translation stands in the answer as it is given. */
  glossary?: Record<string, string> | string | null;
  /** Words that stay as they are, matched like terms of the glossary. */
  do_not_translate?: string[] | null;
  /** What the file is, where neither the end of its name nor its media type tells. */
  format?: "text" | "html" | "markdown" | "messages" | "srt" | "vtt" | "json" | "csv" | "po" | "xliff" | "android" | "properties" | "docx" | "odt" | "epub" | null;
  /** Name of the file; in a form that of `file` counts. */
  name?: string | null;
}

export interface FormatOptions {
  /** Of `csv`: names or numbers (from 1) of the columns to translate; by default the cells that have words are. */
  columns?: (string | number)[] | null;
  /** Of `csv`: the separator; by default the rows tell it. */
  delimiter?: string | null;
  /** Of `csv`: what becomes of the first row; `auto` keeps names for programs. */
  header?: "auto" | "keep" | "translate" | null;
  /** Of `json`: translate only what is under these keys, whatever it looks like. */
  keys?: string[] | null;
  /** Of `json`: keep what stands at these keys, beside `id`, `url` and the like. */
  skip?: string[] | null;
  /** Of `po` and `xliff`: translate entries that have a translation anew. */
  overwrite?: boolean | null;
}

export interface GenerateAnswer {
  model: string;
  /** The language the text was taken to be in. */
  language: string;
  /** What detection found; null where the request named one. */
  detected: Detection | null;
  /** Whether only the end of the text was read, which happens only where the request allows it. */
  truncated: boolean;
  /** What comes behind the prompt, to be put there as it is: with a space at its front where one is missing. */
  text: string;
  /** `end`: the model ended the text; `length`: as many tokens as the request allows were written. */
  finish: "end" | "length";
  /** That of the request, or the one that was drawn. */
  seed: number;
}

export interface GenerateRequest {
  /** Name of a model of `GET /models`. */
  model?: string | null;
  /** Which of several models answers, by what was measured of them (`scores` in `GET /models`); by default `UNDERTONE_PREFER` says it. Not with `model`, which names the one. */
  prefer?: "quality" | "speed" | null;
  /** `auto` detects; a code skips detection. */
  language?: string | null;
  /** Read the end of a text that is too long instead of refusing it. */
  truncate?: boolean | null;
  /** The beginning of a text. Behind white space a new word begins. */
  prompt: string;
  /** Below 1 likely words become likelier; 0 always takes the likeliest. */
  temperature?: number | null;
  /** Draw from the likeliest tokens that together have this probability (nucleus sampling). */
  top_p?: number | null;
  /** The same seed gives the same text; without one, each time another. */
  seed?: number | null;
  /** Most tokens, words or pieces of them, to write. */
  length?: number | null;
}

export interface Health {
  status: "ok";
}

export interface Language {
  code: string;
  name: string;
}

export interface LanguagesAnswer {
  sentiment: ServedLanguage[];
  generation: ServedLanguage[];
  translation: Direction[];
}

/** Of one request; a client cuts its batches to them. */
export interface Limits {
  /** Most texts of a batch. */
  max_batch_items: number;
  /** Longest text in characters. */
  max_text_chars: number;
  /** Largest body in bytes. */
  max_body_bytes: number;
  /** Largest file in bytes. */
  max_file_bytes: number;
}

export interface ModelDescription {
  name: string;
  task: "sentiment" | "translation" | "language";
  architecture: string;
  description: string;
  parameters: number;
  /** `zh` is Chinese in both scripts. */
  languages: string[];
  /** Of a sentiment model. */
  labels?: string[];
  /** Of a translation model by itself; `GET /languages` has all that the service translates. */
  directions?: [string, string][];
  /** The longest input of the network in tokens, such as pieces of words: the longest text of a sentiment model, or of a language model with the tag of its language, and the longest sentence of a translation model, which gets longer ones in parts. */
  max_tokens: number;
  /** Whether it explains its answers, as `explain` of a request asks. */
  explains: boolean;
  /** What was measured of it: by its card, and by `undertone models measure`. */
  scores?: Score[];
}

export interface ModelsAnswer {
  models: ModelDescription[];
  limits: Limits;
}

export interface NextWord {
  /** A whole word, a mark, or in Chinese a token of the model, to be put behind the text as it is. */
  text: string;
  /** That this word comes next and ends there, 0 to 1. */
  probability: number;
}

export interface NextWordsAnswer {
  model: string;
  /** The language the text was taken to be in. */
  language: string;
  /** What detection found; null where the request named one. */
  detected: Detection | null;
  /** Whether only the end of the text was read, which happens only where the request allows it. */
  truncated: boolean;
  /** Likeliest first. */
  words: NextWord[];
  /** Probability that the text ends where it is. */
  end: number;
}

export interface NextWordsRequest {
  /** Name of a model of `GET /models`. */
  model?: string | null;
  /** Which of several models answers, by what was measured of them (`scores` in `GET /models`); by default `UNDERTONE_PREFER` says it. Not with `model`, which names the one. */
  prefer?: "quality" | "speed" | null;
  /** `auto` detects; a code skips detection. */
  language?: string | null;
  /** Read the end of a text that is too long instead of refusing it. */
  truncate?: boolean | null;
  /** The beginning of a text. Behind white space a new word begins; a word at the very end may go on. */
  text: string;
  /** How many words. */
  count?: number | null;
}

/** The models that answer with `prefer`. */
export interface Preferred {
  quality: string;
  speed: string;
}

/** RFC 9457. */
export interface ProblemDocument {
  /** Stable identifier of the kind of problem. */
  type: string;
  title: string;
  status: number;
  /** What is wrong here, and what to change. */
  detail: string;
  [member: string]: unknown;
}

export interface ReadToken {
  /** The token as the model reads it, such as `http` for a link. */
  text: string;
  /** First character, of the text as it was sent. */
  start: number;
  /** The character behind the last one. */
  end: number;
  /** Towards P(positive) - P(negative). All contributions add up to the difference of the last `running` from `baseline`. */
  contribution: number;
  /** The scores of the text up to this token. */
  running: Record<string, number>;
  gates: ReadingGates;
}

/** Means over the units of all directions, 0 (closed) to 1 (open). */
export interface ReadingGates {
  /** How much of the token came into the memory. */
  input: number;
  /** How much of the memory was kept. */
  forget: number;
  /** How much of the memory was shown. */
  output: number;
}

/** Two models are compared by values of the same `metric`, `set` and `conditions`. */
export interface Score {
  /** `milliseconds` of a sentence; otherwise more is better. */
  metric: string;
  value: number;
  set: string;
  /** The language that was read, or source and target. */
  languages: string[];
  /** What else the value depends on, such as the signature of sacreBLEU. */
  conditions: string;
}

/** Of a piece that the model translated as a whole: mostly a sentence, but a long one goes in several pieces. */
export interface SentenceExplanation {
  source: TextToken[];
  target: WrittenToken[];
  /** Where each token of `target` was read, over those of `source`: a row for each, with a sum of 1. */
  attention: number[][];
  /** Other translations that the search found. */
  alternatives: Alternative[];
}

export interface SentenceSentiment {
  text: string;
  /** First character, of the text. */
  start: number;
  /** The character behind the last one. */
  end: number;
  label: string;
  scores: Record<string, number>;
}

export interface SentimentAnswer {
  label: string;
  /** Calibrated probability of each label; with `sentences` a fourth, `mixed`. */
  scores: Record<string, number>;
  model: string;
  /** The language the text was taken to be in. */
  language: string;
  /** What detection found; null where the request named one. */
  detected: Detection | null;
  /** Whether the text was cut, which happens only where the request allows it. */
  truncated: boolean;
  /** Only where the request asks for `sentences`. */
  sentences?: SentenceSentiment[] | null;
  /** Only where `explain` is true. */
  explanation?: SentimentExplanation | null;
}

export interface SentimentBatchAnswer {
  /** In the order of `texts`. */
  results: (SentimentAnswer | ErrorItem)[];
}

export interface SentimentBatchRequest {
  /** Name of a model of `GET /models`. */
  model?: string | null;
  /** Which of several models answers, by what was measured of them (`scores` in `GET /models`); by default `UNDERTONE_PREFER` says it. Not with `model`, which names the one. */
  prefer?: "quality" | "speed" | null;
  /** `auto` detects; a code skips detection. */
  language?: string | null;
  /** Read only the beginning of a text: what the model reads at once, and of a text with more characters than the service takes, which is refused without it, so many. Without it all of a text is read, a long one by passages. */
  truncate?: boolean | null;
  /** Give the sentiment of each sentence too, and a fourth score, `mixed`, which is high where clearly good and clearly bad sentences stand side by side. */
  sentences?: boolean | null;
  /** Say what each token contributed and did, for a text of at most 256 tokens. The model works some 400 times as long as for the answer. */
  explain?: boolean | null;
  /** Strings. Each is answered by itself: one that cannot be processed gets an `error`, its neighbours their answers. */
  texts: unknown[];
}

export interface SentimentExplanation {
  /** How contributions are computed. */
  method: string;
  tokens: ReadToken[];
  /** Scores of a text of as many unknown tokens. */
  baseline: Record<string, number>;
}

export interface SentimentRequest {
  /** Name of a model of `GET /models`. */
  model?: string | null;
  /** Which of several models answers, by what was measured of them (`scores` in `GET /models`); by default `UNDERTONE_PREFER` says it. Not with `model`, which names the one. */
  prefer?: "quality" | "speed" | null;
  /** `auto` detects; a code skips detection. */
  language?: string | null;
  /** Read only the beginning of a text: what the model reads at once, and of a text with more characters than the service takes, which is refused without it, so many. Without it all of a text is read, a long one by passages. */
  truncate?: boolean | null;
  /** Give the sentiment of each sentence too, and a fourth score, `mixed`, which is high where clearly good and clearly bad sentences stand side by side. */
  sentences?: boolean | null;
  /** Say what each token contributed and did, for a text of at most 256 tokens. The model works some 400 times as long as for the answer. */
  explain?: boolean | null;
  /** The text to judge. */
  text: string;
}

export interface ServedLanguage {
  code: string;
  name: string;
  /** The one that answers, unless the request says otherwise. */
  model: string;
  /** Only where that changes the model. */
  prefer?: Preferred | null;
}

export interface TextToken {
  text: string;
  /** First character, of the text as it was sent. */
  start: number;
  /** The character behind the last one. */
  end: number;
}

export interface TranslateAnswer {
  translation: string;
  source: string;
  target: string;
  /** Two names with ` + ` between them where the text went through `via`; null where no model was needed: the text is in the target language already and stays as it is, or only its script was converted. */
  model: string | null;
  /** What detection found; null where the request named one. */
  detected: Detection | null;
  /** Facts that the translation may have changed; only where `check` is true. */
  warnings?: FactWarning[] | null;
  /** The language between source and target; absent where a model leads there. */
  via?: string | null;
  /** Only where `explain` is true. */
  explanation?: TranslationExplanation | null;
}

export interface TranslateBatchAnswer {
  /** In the order of `texts`. */
  results: (TranslateAnswer | ErrorItem)[];
}

export interface TranslateBatchRequest {
  /** Name of a model of `GET /models`. */
  model?: string | null;
  /** Which of several models answers, by what was measured of them (`scores` in `GET /models`); by default `UNDERTONE_PREFER` says it. Not with `model`, which names the one. */
  prefer?: "quality" | "speed" | null;
  /** `auto` detects; a code skips detection. */
  source?: string | null;
  /** Language to translate to. */
  target: string;
  /** Beam width; 1 is greedy search, the fastest. */
  beam?: number | null;
  /** How placeholders are written in `messages`, `json`, `csv`, `po`, `xliff` and `properties`. */
  syntax?: "auto" | "icu" | "printf" | "python" | "i18next" | "qt" | "android" | null;
  /** How to read a document of its format; `format`, or the kind of the file, tells that. */
  format_options?: FormatOptions | null;
  /** Translations by term, at most 1,000 of up to 200 characters, or the name of a glossary of the service. Terms are whole words, the longest first; case does not count unless a term has a capital inside. The translation stands in the answer as it is given. */
  glossary?: Record<string, string> | string | null;
  /** Words that stay as they are, matched like terms of the glossary. */
  do_not_translate?: string[] | null;
  /** What the text is. All of a document but its words stays as it is. A `text` that plainly is a document (JSON, markup, subtitles, messages of programs) keeps its structure too. */
  format?: "text" | "html" | "markdown" | "messages" | "srt" | "vtt" | "json" | "csv" | "po" | "xliff" | "android" | "properties" | null;
  /** Compare the facts of each sentence with those of its translation. */
  check?: boolean | null;
  /** Say how each token of the translation was written; for plain text, not for documents. */
  explain?: boolean | null;
  /** Strings. Each is answered by itself: one that cannot be processed gets an `error`, its neighbours their answers. */
  texts: unknown[];
}

export interface TranslateRequest {
  /** Name of a model of `GET /models`. */
  model?: string | null;
  /** Which of several models answers, by what was measured of them (`scores` in `GET /models`); by default `UNDERTONE_PREFER` says it. Not with `model`, which names the one. */
  prefer?: "quality" | "speed" | null;
  /** `auto` detects; a code skips detection. */
  source?: string | null;
  /** Language to translate to. */
  target: string;
  /** Beam width; 1 is greedy search, the fastest. */
  beam?: number | null;
  /** How placeholders are written in `messages`, `json`, `csv`, `po`, `xliff` and `properties`. */
  syntax?: "auto" | "icu" | "printf" | "python" | "i18next" | "qt" | "android" | null;
  /** How to read a document of its format; `format`, or the kind of the file, tells that. */
  format_options?: FormatOptions | null;
  /** Translations by term, at most 1,000 of up to 200 characters, or the name of a glossary of the service. Terms are whole words, the longest first; case does not count unless a term has a capital inside. The translation stands in the answer as it is given. */
  glossary?: Record<string, string> | string | null;
  /** Words that stay as they are, matched like terms of the glossary. */
  do_not_translate?: string[] | null;
  /** What the text is. All of a document but its words stays as it is. A `text` that plainly is a document (JSON, markup, subtitles, messages of programs) keeps its structure too. */
  format?: "text" | "html" | "markdown" | "messages" | "srt" | "vtt" | "json" | "csv" | "po" | "xliff" | "android" | "properties" | null;
  /** Compare the facts of each sentence with those of its translation. */
  check?: boolean | null;
  /** Say how each token of the translation was written; for plain text, not for documents. */
  explain?: boolean | null;
  /** The text to translate; line breaks and white space are kept. */
  text: string;
}

export interface TranslationExplanation {
  /** In the order of the translation; none where no model was needed. */
  sentences: SentenceExplanation[];
}

export interface WrittenToken {
  text: string;
  /** First character, of the translation. */
  start: number;
  /** The character behind the last one; that of `start` for a token without text. */
  end: number;
  /** Given the source and the tokens before. */
  log_probability: number;
  /** Mean of the decoder's update gates: how much of its state stayed, 0 to 1. */
  update: number;
  /** Mean of its reset gates: how much of its state it used, 0 to 1. */
  reset: number;
}
