//go:build !linux

package main

// dieWithParent does nothing: other systems have no signal for the death of a parent.
func dieWithParent() error { return nil }
