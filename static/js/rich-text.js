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

function edit(textarea) {
  const name = document.querySelector(`label[for="${textarea.id}"]`)
  const element = document.createElement("div")
  element.className = "prose-editor"
  textarea.before(element)
  element.append(textarea)
  const editor = new prose.Editor({
    element,
    extensions: EXTENSIONS,
    injectCSS: false, // the policy allows the styles of our files alone: css/admin.css has what it would bring
    content: textarea.value,
    editorProps: {
      attributes: { role: "textbox", "aria-multiline": "true", "aria-label": name.textContent.replace(/[:：]$/, "") },
    },
    onCreate: () => element.querySelectorAll(".prose-menubar button").forEach(speakChinese),
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
    button.addEventListener("click", () => {
      const place = { type: "paragraph", content: [{ type: "text", text: `[图${button.dataset.number}]` }] }
      editor.chain().focus().insertContent(place).run()
    })
  }
}

document.querySelectorAll("textarea[data-rich-text]").forEach(edit)
