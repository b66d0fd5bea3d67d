package diagram

// CSS is the style sheet of all diagrams, for a page that embeds some. Text and
// lines take the colour of the text around them, so they fit a light and a dark
// page; a page sets the custom properties --diagram-ai, -rule, -person, -system,
// -few, -some and -many to have other colours.
const CSS = `.rehearse-diagram{font:13px/1.3 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;max-width:none}
.rehearse-diagram text{fill:currentColor}
.rehearse-diagram .heading{font-size:15px;font-weight:600}
.rehearse-diagram .name{font-weight:600}
.rehearse-diagram .note,.rehearse-diagram .label{font-size:11px}
.rehearse-diagram .note{opacity:.8}
.rehearse-diagram .node rect,.rehearse-diagram .node path{fill:currentColor;fill-opacity:.06;stroke:currentColor;stroke-opacity:.7;stroke-width:1.5}
.rehearse-diagram .ai rect{fill:var(--diagram-ai,#4a86e0);stroke:var(--diagram-ai,#4a86e0);fill-opacity:.16;stroke-opacity:1}
.rehearse-diagram .rule rect{fill:var(--diagram-rule,#3d9a63);stroke:var(--diagram-rule,#3d9a63);fill-opacity:.16;stroke-opacity:1}
.rehearse-diagram .person rect,.rehearse-diagram .team rect{fill:var(--diagram-person,#a46bd6);stroke:var(--diagram-person,#a46bd6);fill-opacity:.16;stroke-opacity:1}
.rehearse-diagram .system rect,.rehearse-diagram .system path{fill:var(--diagram-system,#3f92a3);stroke:var(--diagram-system,#3f92a3);fill-opacity:.16;stroke-opacity:1}
.rehearse-diagram .failure rect{fill:var(--diagram-many,#db4a4a);stroke:var(--diagram-many,#db4a4a);fill-opacity:.12;stroke-opacity:1}
.rehearse-diagram .edge{fill:none;stroke:currentColor;stroke-opacity:.65;stroke-width:1.4}
.rehearse-diagram .broken{stroke-dasharray:5 4}
.rehearse-diagram .w2{stroke-width:2.6}
.rehearse-diagram .w3{stroke-width:3.8}
.rehearse-diagram .w4{stroke-width:5}
.rehearse-diagram .w5{stroke-width:6.2}
.rehearse-diagram .w6{stroke-width:7.4}
.rehearse-diagram .head path{fill:currentColor;fill-opacity:.65;stroke:none}
.rehearse-diagram .edge.few{stroke:var(--diagram-few,#b58900);stroke-opacity:1}
.rehearse-diagram .edge.some{stroke:var(--diagram-some,#d9731a);stroke-opacity:1}
.rehearse-diagram .edge.many{stroke:var(--diagram-many,#db4a4a);stroke-opacity:1}
.rehearse-diagram .edge.unused{stroke-opacity:.25;stroke-width:1}
.rehearse-diagram .head.few path{fill-opacity:1;fill:var(--diagram-few,#b58900)}
.rehearse-diagram .head.some path{fill-opacity:1;fill:var(--diagram-some,#d9731a)}
.rehearse-diagram .head.many path{fill-opacity:1;fill:var(--diagram-many,#db4a4a)}
.rehearse-diagram .head.unused path{fill-opacity:.25}
`

// alone is what a file of its own needs besides: the reader's light or dark.
const alone = `.rehearse-diagram.alone{color-scheme:light dark;background:Canvas;color:CanvasText}
`
