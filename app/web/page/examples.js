// Texts to click, by language. Shown for the languages that the models of the service read.

export const TRANSLATE = [
  { language: "en", text: "Two dogs are playing in the snow." },
  { language: "de", text: "Ich habe das Buch gelesen, das du mir gegeben hast." },
  { language: "fr", text: "Une femme lit un livre dans le jardin." },
  { language: "zh", text: "我每天早上八點去學校。" },
];

export const SENTIMENT = [
  { language: "en", text: "The food was great, but we waited an hour and the waiter was rude." },
  { language: "en", text: "I love this phone" },
  { language: "de", text: "Das Essen war gut, aber wir haben eine Stunde gewartet." },
  { language: "fr", text: "Le film est trop long, mais les acteurs sont excellents." },
  { language: "zh", text: "房間很髒，再也不來了" },
];

export const WRITE = [
  { language: "en", text: "the apple is" },
  { language: "en", text: "Tom is a cat. Tom's favourite food is" },
  { language: "en", text: "Two dogs" },
  { language: "zh", text: "蘋果是" },
  { language: "zh", text: "我想" },
];
