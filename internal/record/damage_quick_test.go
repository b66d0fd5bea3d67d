//go:build !long

package record

// footerStride is how far apart the bytes of a footer are that a test damages.
const footerStride = 97
