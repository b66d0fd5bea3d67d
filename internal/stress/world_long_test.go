//go:build long

package stress

// worlds is in how many worlds intervals are held against what is true.
const worlds = 2000
