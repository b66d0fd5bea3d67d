//go:build long

package promote

func init() { everyByte = 1 }
