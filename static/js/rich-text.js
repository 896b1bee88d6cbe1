// Puts the editor in the place of a textarea marked data-rich-text, which keeps what is sent. Without it, that is plain text.
const WORDS = {
  "heading 2": "标题", "heading 3": "小标题", bold: "加粗", italic: "斜体", "unordered list": "列表",
  "ordered list": "编号列表", blockquote: "引用", "insert link": "链接（先选中文字）", "remove link": "去掉链接",
  undo: "撤销", redo: "重做", "Insert table": "插入表格", "Add column": "右边加一列", "Delete column": "删除这一列",
  "Add row": "下面加一行", "Delete row": "删除这一行", "Delete table": "删除表格",
  Update: "确定", Cancel: "取消", "Insert Table": "插入表格", "Table Properties": "表格", Rows: "行数", Columns: "列数",
  "Include header row": "第一行是表头",
}

// The editor takes its words from here when it is loaded, so it comes second.
const catalog = window.gettext
window.gettext = (text) => WORDS[text] ?? catalog?.(text) ?? text
const prose = await import("django-prose-editor/editor")
const { paragraphs, tidied } = await import("news/pasting")

const Link = prose.Link.extend({
  addCommands() {
    const ask = prose.updateAttrsDialog({ href: { type: "string", title: "网址", required: true } }, { title: "链接" })
    const addLink = () => ({ editor }) => {
      if (editor.state.selection.empty && !editor.isActive("link")) return false
      ask(editor, editor.getAttributes("link")).then((attrs) => {
        if (attrs) editor.chain().focus().extendMarkRange("link").setLink({ href: attrs.href.trim() }).run()
      })
      return true
    }
    return { ...this.parent?.(), addLink }
  },
})

const GROUPS = ["headings", "marks", "lists", "nodes -blockType", "link", "table", "history"]
const LEFT_OUT = ["table:mergeCells", "table:splitCell", "table:toggleHeaderCell"]
const EXTENSIONS = [
  prose.Document, prose.Paragraph, prose.Text, prose.HardBreak, prose.Dropcursor, prose.Gapcursor, prose.History,
  prose.Heading.configure({ levels: [2, 3] }), prose.Bold, prose.Italic, prose.BulletList,
  prose.OrderedList.configure({ enableListAttributes: false }),
  prose.ListItem, prose.Blockquote, Link.configure({ enableTarget: false }), prose.NoSpellCheck,
  prose.Table.configure({ resizable: false }), prose.TableRow, prose.TableHeader, prose.TableCell,
  prose.Menu.configure({
    items: ({ editor, menu }) =>
      GROUPS.map((group) => menu.buttonGroup({ editor }, menu.items(group).filter(({ name }) => !LEFT_OUT.includes(name)))),
  }),
]

function speakChinese(button) {
  const words = WORDS[button.title] ?? button.title
  button.title = words
  button.setAttribute("aria-label", words)
}

// Pictures are uploaded, never pasted: above the text stands where.
function pasting(tell) {
  const isPicture = (file) => file.type.startsWith("image/")
  return {
    transformPastedHTML: (html) => {
      const { html: ours, nPictures } = tidied(html)
      tell(nPictures)
      return ours
    },
    handlePaste: (view, { clipboardData: data }) => {
      if (!data || data.types.includes("text/html")) return false
      const nPictures = [...data.files].filter(isPicture).length
      tell(nPictures)
      const html = paragraphs(data.getData("text/plain"))
      if (html) view.pasteHTML(html)
      return Boolean(html || nPictures)
    },
    handleDrop: (_view, { dataTransfer: data }) => {
      const nPictures = [...(data?.files ?? [])].filter(isPicture).length
      tell(nPictures)
      return nPictures > 0
    },
  }
}

function placeFor(before) {
  const notice = document.createElement("p")
  notice.className = "desk-notice"
  notice.setAttribute("role", "status")
  notice.hidden = true
  before.before(notice)
  return (nPictures) => {
    if (!nPictures) return
    notice.textContent = `有 ${nPictures} 张图片贴不进来。请把图片存下来，在下面“正文里的图片”里上传，再放进正文。`
    notice.hidden = false
  }
}

// A picture stands in a paragraph of its own, behind the one that is being written; at the end where none is yet.
function insertPicture(editor, number) {
  if (!editor.storage.wasWritten) editor.commands.setTextSelection(editor.state.doc.content.size)
  editor.storage.wasWritten = true
  const { $to } = editor.state.selection
  const isEmpty = $to.depth === 1 && !$to.parent.content.size
  const at = $to.depth === 0 ? $to.pos : isEmpty ? { from: $to.before(1), to: $to.after(1) } : $to.after(1)
  const place = { type: "paragraph", content: [{ type: "text", text: `[图${number}]` }] }
  editor.chain().insertContentAt(at, place).focus().run()
}

// The pictures that are there and those just chosen, which get the numbers behind them, below the text at once.
function offerPictures(editor, element) {
  const group = document.getElementById("images-group")
  if (!group) return
  const strip = document.createElement("div")
  strip.className = "picture-strip"
  strip.setAttribute("role", "group")
  strip.setAttribute("aria-label", "把图片放进正文")
  element.after(strip)
  const offer = (number, look) => {
    const button = document.createElement("button")
    button.type = "button"
    button.append(look, `放入图 ${number}`)
    button.addEventListener("click", () => insertPicture(editor, number))
    strip.append(button)
  }
  const fill = () => {
    strip.replaceChildren()
    const stored = [...group.querySelectorAll(".insert-picture")]
    const numbers = stored.map((button) => Number(button.dataset.number))
    for (const [n, button] of stored.entries()) {
      const row = button.closest(".inline-related")
      if (!row.querySelector("[name$='-DELETE']")?.checked) offer(numbers[n], row.querySelector("img").cloneNode())
    }
    let last = Math.max(0, ...numbers)
    for (const file of [...group.querySelectorAll("input[type=file][multiple]")].flatMap((input) => [...input.files])) {
      offer(++last, smallCopy(file))
    }
    strip.hidden = !strip.children.length
  }
  group.addEventListener("change", fill)
  fill()
}

function smallCopy(file) {
  const canvas = document.createElement("canvas")
  createImageBitmap(file, { resizeHeight: 144 }).then(
    (picture) => {
      canvas.width = picture.width
      canvas.height = picture.height
      canvas.getContext("2d").drawImage(picture, 0, 0)
    },
    () => canvas.replaceWith(file.name), // no picture, which the server will say
  )
  return canvas
}

function edit(textarea) {
  const name = document.querySelector(`label[for="${textarea.id}"]`)
  const place = document.createElement("div")
  const element = document.createElement("div")
  place.className = "prose-place"
  element.className = "prose-editor"
  textarea.before(place)
  place.append(element)
  element.append(textarea)
  const editor = new prose.Editor({
    element,
    extensions: EXTENSIONS,
    injectCSS: false, // the policy allows the styles of our files alone: css/desk/editor.css has what it would bring
    content: textarea.value,
    editorProps: {
      ...pasting(placeFor(element)),
      attributes: { role: "textbox", "aria-multiline": "true", "aria-label": name.textContent.replace(/[:：]$/, "") },
    },
    onCreate: () => element.querySelectorAll(".prose-menubar button").forEach(speakChinese),
    onFocus: ({ editor }) => (editor.storage.wasWritten = true),
    onUpdate: ({ editor }) => {
      textarea.value = editor.isEmpty ? "" : editor.getHTML()
      textarea.dispatchEvent(new Event("input", { bubbles: true }))
    },
  })
  const help = textarea.getAttribute("aria-describedby")
  if (help) editor.view.dom.setAttribute("aria-describedby", help)
  name.removeAttribute("for")
  name.addEventListener("click", () => editor.commands.focus())
  for (const button of document.querySelectorAll(".insert-picture")) {
    button.hidden = false
    button.addEventListener("click", () => insertPicture(editor, button.dataset.number))
  }
  offerPictures(editor, element)
}

// The fields in which rows are looked for are made by another script, without a name.
function nameSearches() {
  for (const search of document.querySelectorAll(".select2-search__field")) {
    const select = search.closest(".select2-container").previousElementSibling
    search.setAttribute("aria-label", `找${select.labels[0]?.textContent.replace(/[:：]\s*$/, "") ?? ""}`)
  }
}

document.querySelectorAll("textarea[data-rich-text]").forEach(edit)
if (document.readyState === "complete") nameSearches()
else window.addEventListener("load", nameSearches)
