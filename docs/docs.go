// Package docs holds the pages that programs print.
package docs

import _ "embed"

// Lint is the page about the rules of lint, with a section for each.
//
//go:embed lint.md
var Lint string
