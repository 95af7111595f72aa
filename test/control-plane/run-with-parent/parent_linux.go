package main

import (
	"fmt"
	"runtime"
	"syscall"
)

func init() {
	// The death signal belongs to the thread that asks for it, and the thread that calls execve is the one that goes
	// on, so both must be the same. A goroutine locked in init stays on the main thread.
	runtime.LockOSThread()
}

// dieWithParent asks for SIGKILL at the death of the parent. The setting survives execve.
func dieWithParent() error {
	_, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0)
	if errno != 0 {
		return fmt.Errorf("prctl: %w", errno)
	}
	return nil
}
