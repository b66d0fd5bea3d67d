package exec

import "golang.org/x/sys/unix"

// canLimitMemory says why it cannot be limited; nil where it can.
func canLimitMemory() error { return nil }

// limitMemory bounds the address space of a process that has just begun.
func limitMemory(pid int, bytes uint64) error {
	return unix.Prlimit(pid, unix.RLIMIT_AS, &unix.Rlimit{Cur: bytes, Max: bytes}, nil)
}
