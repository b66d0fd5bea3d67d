//go:build long

package app_test

func init() { everyFormat = true }
