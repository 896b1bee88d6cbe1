// Makes what a paste brings from Word, WPS or a page ready for the editor: its headings at our levels, its lists as
// lists, no empty paragraphs and no blanks before a line. Pictures can't come that way: they are counted.
const LEVELS = { h1: "h2", h4: "h3", h5: "h3", h6: "h3" }
const SOFT_BREAKS = /[\v\u2028\u2029]/g
const BLANKS = "[\\s\\u200b\\ufeff]"
const LEADING = new RegExp(`^${BLANKS}+`)
const BULLET = new RegExp(`^${BLANKS}*[^\\p{L}\\p{N}（(]${BLANKS}*$`, "u")
const NUMBER = new RegExp(`^${BLANKS}*\\d+[.．、)]${BLANKS}*$`)

const saysNothing = (element) => !element.textContent.replace(LEADING, "")

function renamed(element, name) {
  const other = document.createElement(name)
  other.append(...element.childNodes)
  element.replaceWith(other)
}

// In Word a list is paragraphs whose bullets are marked as such. Numbers like 一、 and ① stay what they are: text.
function makeLists(body) {
  for (const paragraph of body.querySelectorAll("p[data-style*='mso-list']")) {
    const marker = paragraph.querySelector("[data-style*='mso-list:Ignore' i], [data-style*='mso-list: Ignore' i]")
    const name = marker && (BULLET.test(marker.textContent) ? "ul" : NUMBER.test(marker.textContent) ? "ol" : "")
    if (!name) continue
    marker.remove()
    const before = paragraph.previousElementSibling
    const isGoingOn = before?.localName === name && before.dataset.isMade
    const list = isGoingOn ? before : document.createElement(name)
    list.dataset.isMade = "yes"
    if (!isGoingOn) paragraph.before(list)
    const item = document.createElement("li")
    item.append(paragraph)
    list.append(item)
  }
}

function trimStart(block) {
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_ALL)
  const blank = []
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.localName === "br") blank.push(node)
    else if (node.nodeType === Node.TEXT_NODE) {
      node.data = node.data.replace(LEADING, "")
      if (node.data) break
    } else if (node.localName === "table") break
  }
  blank.forEach((node) => node.remove())
}

// Styles tell where lists are, and the policy of the page complains of each: they are read as data.
function parsed(html) {
  const unstyled = html
    .replace(/<style\b[^]*?<\/style>/gi, "")
    .replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle\s*=/gi, " data-style="))
  return new DOMParser().parseFromString(unstyled.replace(SOFT_BREAKS, "<br>"), "text/html").body
}

export function tidied(html) {
  const body = parsed(html)
  const nPictures = body.querySelectorAll("img").length
  makeLists(body)
  for (const [name, ours] of Object.entries(LEVELS)) body.querySelectorAll(name).forEach((one) => renamed(one, ours))
  body.querySelectorAll("p, h2, h3, li, blockquote, td, th").forEach(trimStart)
  for (const br of body.querySelectorAll("br")) {
    if (br.nextSibling?.nodeType === Node.TEXT_NODE) br.nextSibling.data = br.nextSibling.data.replace(LEADING, "")
  }
  for (const block of [...body.querySelectorAll("p, h2, h3, li, ul, ol, blockquote")].reverse()) {
    if (saysNothing(block) && !block.querySelector("table")) block.remove()
  }
  return { html: body.innerHTML, nPictures }
}

// Each line of a plain text is a paragraph; nothing of one is left to the editor where there is only one.
export function paragraphs(text) {
  const lines = text.split(/[\r\n]+/)
  if (lines.length === 1 && !/[\v\u2028\u2029]|^\u3000/.test(text)) return null
  const paragraph = document.createElement("p")
  return lines.map((line) => ((paragraph.textContent = line), paragraph.outerHTML)).join("")
}
