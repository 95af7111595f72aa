// run-with-parent PARENT-PID COMMAND [ARGUMENT...] becomes COMMAND, which the kernel kills as soon as its parent is
// gone: a test run that is killed leaves nothing running. A module of its own: it builds in a second without any other.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

func main() {
	fmt.Fprintf(os.Stderr, "run-with-parent: %v\n", run(os.Args[1:]))
	os.Exit(2)
}

// run doesn't return unless it fails.
func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: run-with-parent PARENT-PID COMMAND [ARGUMENT...]")
	}
	parent, err := strconv.Atoi(args[0])
	if err != nil {
		return fmt.Errorf("%q isn't a process id", args[0])
	}
	command, err := exec.LookPath(args[1])
	if err != nil {
		return err
	}
	if err := dieWithParent(); err != nil {
		return err
	}
	// A parent that ended before the call above sends no signal any more.
	if os.Getppid() != parent {
		return fmt.Errorf("the parent %d is gone", parent)
	}
	return syscall.Exec(command, args[1:], os.Environ())
}
